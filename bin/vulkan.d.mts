/** Lends this process the software adapter of an installed Chromium, where Linux has no Vulkan driver of its own. */
export function lendVulkan(): void
