import { Module, type DynamicModule } from '@nestjs/common';
import { Inbox } from 'nestjs-rocketmq';
import { PointsController } from './points.controller.js';
import { PointsDatabase } from './points.database.js';
import { PointsService } from './points.service.js';

@Module({})
export class PointsModule {
  static with(database: PointsDatabase): DynamicModule {
    return {
      module: PointsModule,
      controllers: [PointsController],
      providers: [
        { provide: PointsDatabase, useFactory: () => database },
        { provide: Inbox, useFactory: () => new Inbox({ unitOfWork: database, synchronize: true }) },
        PointsService,
      ],
    };
  }
}
