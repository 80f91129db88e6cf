export const template = 'transport/template';
