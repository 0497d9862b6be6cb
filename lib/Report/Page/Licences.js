/** The packages in the bundle: {name, version, licence, text}. Build.mjs puts the
 * list in the place of this one. */
export const licences = [];
