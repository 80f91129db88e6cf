import { SqliteDatabase } from '../sqlite-database.js';
import { Account, Booking } from './points.entities.js';

export class PointsDatabase extends SqliteDatabase {
  constructor(directory: string) {
    super(directory, 'points.db', [Account, Booking]);
  }
}
