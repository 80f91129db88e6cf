import { Module, type DynamicModule } from '@nestjs/common';
import { OrderController } from './order.controller.js';
import { OrderDatabase } from './order.database.js';
import { OrderService } from './order.service.js';
import { Payment } from './payment.js';

@Module({})
export class OrderModule {
  static with(database: OrderDatabase): DynamicModule {
    return {
      module: OrderModule,
      controllers: [OrderController],
      providers: [{ provide: OrderDatabase, useFactory: () => database }, OrderService, Payment],
    };
  }
}
