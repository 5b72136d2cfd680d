BEGIN TRANSACTION;
CREATE TABLE added_label (
	repository VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	label VARCHAR NOT NULL, 
	PRIMARY KEY (repository, number, label)
);
INSERT INTO "added_label" VALUES('1',7,'bug');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	"plan" VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	repository VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	feature VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	detail VARCHAR NOT NULL, 
	started_at FLOAT NOT NULL, 
	finished_at FLOAT, 
	PRIMARY KEY (id), 
	UNIQUE ("plan", "key")
);
CREATE TABLE check_part (
	repository VARCHAR NOT NULL, 
	"commit" VARCHAR NOT NULL, 
	part VARCHAR NOT NULL, 
	report VARCHAR NOT NULL, 
	PRIMARY KEY (repository, "commit", part)
);
CREATE TABLE delivery (
	sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	guid VARCHAR NOT NULL, 
	event VARCHAR NOT NULL, 
	action VARCHAR, 
	installation_id BIGINT, 
	repository VARCHAR, 
	thread VARCHAR, 
	line VARCHAR, 
	headers JSON NOT NULL, 
	body BLOB NOT NULL, 
	status VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	replays INTEGER NOT NULL, 
	error VARCHAR, 
	failed_features JSON NOT NULL, 
	received_at FLOAT NOT NULL, 
	handled_at FLOAT, 
	UNIQUE (guid)
);
INSERT INTO "delivery" VALUES(1,'72d3162e-cc78-11e3-81ab-4c9367dc0958','issues','opened',1,'octo/models','octo/models#7','1#7','{}',X'13000000F0047B22616374696F6E223A226F70656E6564227D','received',0,0,NULL,'[]',1.0,NULL);
CREATE TABLE history_issue (
	repository VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	issue BLOB NOT NULL, 
	changed_at FLOAT NOT NULL, 
	PRIMARY KEY (repository, number)
);
CREATE TABLE history_mark (
	repository VARCHAR NOT NULL, 
	page VARCHAR, 
	whole BOOLEAN NOT NULL, 
	since VARCHAR, 
	changes_page VARCHAR, 
	outcomes_page VARCHAR, 
	outcomes_begun VARCHAR, 
	outcomes_since VARCHAR, 
	PRIMARY KEY (repository)
);
CREATE TABLE last_good_config (
	repository VARCHAR NOT NULL, 
	data JSON NOT NULL, 
	PRIMARY KEY (repository)
);
CREATE TABLE learned_model (
	repository VARCHAR NOT NULL, 
	model BLOB NOT NULL, 
	learned_at FLOAT NOT NULL, 
	PRIMARY KEY (repository)
);
CREATE TABLE memory (
	repository VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	feature VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	value JSON NOT NULL, 
	PRIMARY KEY (repository, number, feature, "key")
);
CREATE TABLE release (
	id VARCHAR NOT NULL, 
	repository VARCHAR NOT NULL, 
	repository_id BIGINT NOT NULL, 
	number INTEGER NOT NULL, 
	installation BIGINT NOT NULL, 
	requester VARCHAR NOT NULL, 
	requester_account BIGINT NOT NULL, 
	hub_id VARCHAR NOT NULL, 
	"commit" VARCHAR NOT NULL, 
	private BOOLEAN NOT NULL, 
	digest VARCHAR NOT NULL, 
	step VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	message VARCHAR NOT NULL, 
	unfinished INTEGER NOT NULL, 
	done_bytes BIGINT NOT NULL, 
	total_bytes BIGINT NOT NULL, 
	started_at FLOAT NOT NULL, 
	updated_at FLOAT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE shown_check (
	repository VARCHAR NOT NULL, 
	"commit" VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	PRIMARY KEY (repository, "commit")
);
CREATE TABLE status_comment (
	repository VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	comment BIGINT NOT NULL, 
	body VARCHAR NOT NULL, 
	PRIMARY KEY (repository, number)
);
INSERT INTO "status_comment" VALUES('1',7,12,'words');
CREATE TABLE status_section (
	repository VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	section VARCHAR NOT NULL, 
	body VARCHAR NOT NULL, 
	PRIMARY KEY (repository, number, section)
);
INSERT INTO "status_section" VALUES('1',7,'triage','To look into this, I need the version.');
CREATE TABLE timer (
	home VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	feature VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	repository VARCHAR NOT NULL, 
	repository_id BIGINT NOT NULL, 
	installation BIGINT NOT NULL, 
	due FLOAT NOT NULL, 
	PRIMARY KEY (home, number, feature, name)
);
CREATE TABLE worker (
	executor VARCHAR NOT NULL, 
	seen_at FLOAT NOT NULL, 
	PRIMARY KEY (executor)
);
CREATE INDEX delivery_by_status ON delivery (status, sequence, installation_id, event);
CREATE INDEX ix_history_issue_changed_at ON history_issue (changed_at);
CREATE INDEX ix_memory_everywhere ON memory (repository, feature, "key");
CREATE INDEX ix_release_repository ON release (repository);
CREATE INDEX ix_audit_repository ON audit (repository);
CREATE INDEX ix_timer_due ON timer (due);
CREATE INDEX ix_worker_seen_at ON worker (seen_at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('delivery',1);
COMMIT;
