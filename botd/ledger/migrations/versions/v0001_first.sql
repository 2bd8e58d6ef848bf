-- The ledger's first schema. Statements end with a semicolon and an empty line.

CREATE TABLE accounts (
  broker TEXT NOT NULL,
  account TEXT NOT NULL,
  environment TEXT NOT NULL,
  mode TEXT NOT NULL,
  bound_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  PRIMARY KEY (broker)
) STRICT;

CREATE TABLE positions (
  id TEXT NOT NULL,
  number INTEGER NOT NULL,
  bot TEXT NOT NULL,
  broker TEXT NOT NULL,
  account TEXT NOT NULL,
  underlying TEXT NOT NULL,
  strategy TEXT NOT NULL,
  legs TEXT NOT NULL,
  units INTEGER NOT NULL,
  units_open INTEGER NOT NULL,
  opened_at TEXT NOT NULL,
  open_net_price TEXT NOT NULL,
  expiration TEXT,
  closes_at TEXT,
  status TEXT NOT NULL,
  managed_by TEXT NOT NULL,
  manual_reason TEXT,
  assignment TEXT,
  confirmed INTEGER NOT NULL,
  broker_error TEXT,
  fact TEXT,
  policy TEXT,
  lots TEXT NOT NULL,
  outcomes TEXT NOT NULL,
  closed_by TEXT,
  closed_at TEXT,
  campaign TEXT,
  epoch INTEGER NOT NULL,
  tags TEXT NOT NULL,
  events INTEGER NOT NULL,
  head TEXT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (number)
) STRICT;

CREATE INDEX positions_by_status ON positions (status, broker, account);

CREATE INDEX positions_by_end ON positions (closed_at);

CREATE TABLE fills (
  broker TEXT NOT NULL,
  account TEXT NOT NULL,
  execution_id TEXT NOT NULL,
  client_order_id TEXT NOT NULL,
  units INTEGER NOT NULL,
  booked_units INTEGER NOT NULL,
  net_price TEXT,
  is_total INTEGER NOT NULL,
  filled_at TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  PRIMARY KEY (broker, account, execution_id)
) STRICT;

CREATE INDEX fills_by_order ON fills (client_order_id);

CREATE TABLE halts (
  id INTEGER NOT NULL,
  scope TEXT NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  "by" TEXT NOT NULL,
  at TEXT NOT NULL,
  keep_working INTEGER NOT NULL,
  ended_at TEXT,
  ended_by TEXT,
  PRIMARY KEY (id)
) STRICT;

CREATE INDEX halts_in_force ON halts (scope) WHERE ended_at IS NULL;

CREATE TABLE commands (
  id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  position_id TEXT,
  args TEXT NOT NULL,
  "by" TEXT NOT NULL,
  created_at TEXT NOT NULL,
  state TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT,
  result TEXT,
  PRIMARY KEY (id)
) STRICT;

CREATE INDEX commands_by_state ON commands (state);

CREATE TABLE alerts (
  id INTEGER NOT NULL,
  "key" TEXT NOT NULL,
  level TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at TEXT NOT NULL,
  delivered_at TEXT,
  tries INTEGER NOT NULL,
  next_try_at TEXT NOT NULL,
  last_error TEXT,
  PRIMARY KEY (id),
  UNIQUE ("key")
) STRICT;

CREATE INDEX alerts_undelivered ON alerts (next_try_at) WHERE delivered_at IS NULL;

CREATE TABLE moments (
  "key" TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY ("key")
) STRICT;

CREATE TABLE marks (
  broker TEXT NOT NULL,
  account TEXT NOT NULL,
  symbol TEXT NOT NULL,
  bid TEXT,
  ask TEXT,
  last TEXT,
  as_of TEXT NOT NULL,
  PRIMARY KEY (broker, account, symbol)
) STRICT;

CREATE TABLE unmanaged (
  broker TEXT NOT NULL,
  account TEXT NOT NULL,
  symbol TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  as_of TEXT NOT NULL,
  PRIMARY KEY (broker, account, symbol)
) STRICT;

CREATE TABLE campaigns (
  campaign TEXT NOT NULL,
  "key" TEXT NOT NULL,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at TEXT NOT NULL,
  position_id TEXT,
  symbol TEXT,
  quantity INTEGER,
  net_price TEXT,
  amount TEXT,
  note TEXT NOT NULL,
  PRIMARY KEY (campaign, "key"),
  UNIQUE (campaign, number)
) STRICT;

CREATE TABLE events (
  position_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at TEXT NOT NULL,
  "by" TEXT NOT NULL,
  changes TEXT NOT NULL,
  data TEXT,
  hash TEXT NOT NULL,
  PRIMARY KEY (position_id, number),
  FOREIGN KEY(position_id) REFERENCES positions (id)
) STRICT;

CREATE TABLE attempts (
  position_id TEXT NOT NULL,
  due_at TEXT NOT NULL,
  lead TEXT NOT NULL,
  started_at TEXT NOT NULL,
  late_milliseconds INTEGER NOT NULL,
  owner TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  decision TEXT,
  reason TEXT,
  moneyness TEXT,
  note TEXT,
  outcome TEXT,
  finished_at TEXT,
  PRIMARY KEY (position_id, due_at),
  FOREIGN KEY(position_id) REFERENCES positions (id)
) STRICT;

CREATE INDEX attempts_by_time ON attempts (due_at);

CREATE TABLE orders (
  client_order_id TEXT NOT NULL,
  broker TEXT NOT NULL,
  account TEXT NOT NULL,
  position_id TEXT NOT NULL,
  attempt_due_at TEXT NOT NULL,
  step INTEGER NOT NULL,
  legs TEXT NOT NULL,
  units INTEGER NOT NULL,
  net_price TEXT,
  cap TEXT,
  give_up_at TEXT NOT NULL,
  is_extra INTEGER NOT NULL,
  body_hash TEXT NOT NULL,
  created_at TEXT NOT NULL,
  status TEXT NOT NULL,
  broker_order_id TEXT,
  filled_units INTEGER NOT NULL,
  booked_units INTEGER NOT NULL,
  filled_value TEXT,
  submitted_at TEXT,
  finished_at TEXT,
  reported_at TEXT,
  refusal TEXT,
  PRIMARY KEY (client_order_id, broker, account),
  FOREIGN KEY(position_id) REFERENCES positions (id)
) STRICT;

CREATE UNIQUE INDEX one_live_order ON orders (position_id) WHERE status IN ('cancel_pending', 'intent', 'sending', 'unknown', 'working');

CREATE INDEX orders_by_position ON orders (position_id, attempt_due_at);

CREATE TABLE overrides (
  id INTEGER NOT NULL,
  position_id TEXT NOT NULL,
  at TEXT NOT NULL,
  "by" TEXT NOT NULL,
  reason TEXT NOT NULL,
  released_at TEXT,
  released_by TEXT,
  ending TEXT,
  PRIMARY KEY (id),
  FOREIGN KEY(position_id) REFERENCES positions (id)
) STRICT;

CREATE INDEX overrides_by_position ON overrides (position_id);

CREATE TRIGGER events_never_change BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TRIGGER events_never_go BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TRIGGER positions_never_go BEFORE DELETE ON positions BEGIN SELECT RAISE(ABORT, 'positions are never deleted'); END;

CREATE TRIGGER intents_never_change BEFORE UPDATE OF client_order_id, broker, account, position_id, attempt_due_at, step, legs, units, net_price, cap, give_up_at, is_extra, body_hash, created_at ON orders BEGIN SELECT RAISE(ABORT, 'an intent is final'); END;

CREATE TRIGGER orders_never_go BEFORE DELETE ON orders BEGIN SELECT RAISE(ABORT, 'orders are never deleted'); END;

CREATE TRIGGER fills_never_change BEFORE UPDATE ON fills BEGIN SELECT RAISE(ABORT, 'fills are append-only'); END;

CREATE TRIGGER fills_never_go BEFORE DELETE ON fills BEGIN SELECT RAISE(ABORT, 'fills are append-only'); END;
