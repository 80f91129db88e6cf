export const errors = 'common/errors';
