import { DataSource } from 'typeorm';

/** Runs migrations straight from TypeScript: Node strips the types, no build needed, no entities loaded. */
const dataSource = new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  entities: [],
  migrations: [`${import.meta.dirname}/[0-9]*-*.ts`],
  migrationsTransactionMode: 'each',
});

export default dataSource;
