/** The builder of node images: a recipe in, a disk with kernel and initramfs out. */
export { type BuildOptions, type BuiltImage, buildImage, type ImageManifest } from './build.ts';
export { type Recipe, readRecipe } from './recipe.ts';
export { missingPackages, type Requirement } from './requirements.ts';
