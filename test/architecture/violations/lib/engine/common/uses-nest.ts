// breaks: engine-without-frameworks
import type { Type } from '@nestjs/common';
export type Nest = Type;
