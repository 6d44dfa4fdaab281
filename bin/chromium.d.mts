export declare const CHROMIUM_ARGS: string[]
export declare function findChromium(): string | undefined
export declare function ensureChromium(log?: (line: string) => void): string
export declare function vulkanFolder(chromium?: string): string | undefined
export declare function dawnEnvironment(options?: { software?: boolean; chromium?: string }): Record<string, string>
