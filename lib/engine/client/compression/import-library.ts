import { ConfigurationError } from '../../common/errors.js';

/**
 * A library that is installed only where it is wanted.
 * @throws ConfigurationError naming the package when it is not
 */
export async function importLibrary<Library>(name: string, load: () => Promise<unknown>): Promise<Library> {
  try {
    const module = (await load()) as { default?: Library };
    return module.default ?? (module as Library); // CommonJS libraries arrive as the default
  } catch (cause) {
    const remedy = `the optional package ${name} is needed and cannot be loaded; run 'npm install ${name}'`;
    throw new ConfigurationError('compressType', remedy, { cause });
  }
}
