import { SqliteDatabase } from '../sqlite-database.js';
import { Order } from './order.entity.js';

export class OrderDatabase extends SqliteDatabase {
  constructor(directory: string) {
    super(directory, 'orders.db', [Order]);
  }
}
