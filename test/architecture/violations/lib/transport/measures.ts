// breaks: optional-peers-have-doors
import { register } from 'prom-client';

export const page = register;
