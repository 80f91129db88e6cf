export const answer = 'the public door';
