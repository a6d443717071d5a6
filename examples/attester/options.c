/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The command line of tspdm-attester: one table of options, from which parsing and --help both come. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "options.h"

enum {
	DEFAULT_HEARTBEAT_S = 20,
	DELAY_MAX_MS = 60000,
	MESSAGE_MAX = 65000, /* what the frames of DSP0287 carry */
};

#define IMPLEMENTED_VERSIONS                                                                                           \
	(TSPDM_VERSION_BIT(TSPDM_V10) | TSPDM_VERSION_BIT(TSPDM_V11) | TSPDM_VERSION_BIT(TSPDM_V12))
#define DEFAULT_CAPABILITIES                                                                                           \
	(TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_SIG | TSPDM_CAP_KEY_EX | TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC | \
		TSPDM_CAP_HBEAT | TSPDM_CAP_KEY_UPD)

/* ---- What is served ---- */

static bool on_listen(struct options *o, const char *value, char *why)
{
	return take_item(&o->listen, "listen", value, why);
}

static bool on_tls_cert(struct options *o, const char *value, char *why)
{
	return take_text(&o->tls.cert, "tls-cert", value, why);
}

static bool on_tls_key(struct options *o, const char *value, char *why)
{
	return take_text(&o->tls.key, "tls-key", value, why);
}

static bool on_tls_trust(struct options *o, const char *value, char *why)
{
	return take_text(&o->tls.trust, "tls-trust", value, why);
}

static bool on_tls_psk(struct options *o, const char *value, char *why)
{
	return take_item(&o->tls.psks, "tls-psk", value, why);
}

static bool on_tee(struct options *o, const char *value, char *why)
{
	return tee_take(&o->tee.choice, value, why);
}

static bool on_cert(struct options *o, const char *value, char *why)
{
	return take_slot_file(o->certs, "cert", value, why);
}

static bool on_key(struct options *o, const char *value, char *why)
{
	return take_slot_file(o->keys, "key", value, why);
}

static bool on_write_root(struct options *o, const char *value, char *why)
{
	return take_text(&o->write_root, "write-root", value, why);
}

static bool on_public_key_only(struct options *o, const char *value, char *why)
{
	(void)value, (void)why;
	o->is_key_alone = true;
	return true;
}

static bool on_write_public_key(struct options *o, const char *value, char *why)
{
	return take_text(&o->write_public_key, "write-public-key", value, why);
}

static bool on_measurements(struct options *o, const char *value, char *why)
{
	return take_text(&o->measurements, "measurements", value, why);
}

static bool on_provision(struct options *o, const char *value, char *why)
{
	return take_text(&o->provision, "provision", value, why);
}

static bool on_trusted_environment(struct options *o, const char *value, char *why)
{
	(void)value, (void)why;
	o->is_trusted_environment = true;
	return true;
}

/* ---- What is offered ---- */

static bool on_psk(struct options *o, const char *value, char *why)
{
	return take_item(&o->psks, "psk", value, why);
}

static bool on_versions(struct options *o, const char *value, char *why)
{
	if (!take_versions(&o->versions, "versions", value, why))
		return false;
	return (o->versions & ~IMPLEMENTED_VERSIONS) == 0 ||
	       refuse(why, "versions", value, "this release answers 1.0, 1.1 and 1.2");
}

static bool on_strict(struct options *o, const char *value, char *why)
{
	(void)value, (void)why;
	o->is_strict = true;
	return true;
}

static bool on_asym(struct options *o, const char *value, char *why)
{
	return take_algorithms(TSPDM_KIND_ASYM, &o->asym, "asym", value, why);
}

static bool on_hash(struct options *o, const char *value, char *why)
{
	return take_algorithms(TSPDM_KIND_HASH, &o->hash, "hash", value, why);
}

static bool on_meas_hash(struct options *o, const char *value, char *why)
{
	if (!take_algorithms(TSPDM_KIND_MEASUREMENT_HASH, &o->measurement_hash, "meas-hash", value, why))
		return false;
	return strchr(value, ',') == NULL || refuse(why, "meas-hash", value, "a device measures by one algorithm");
}

/* Capabilities of the standard that this release does not have, and what they would need. */
static const struct {
	uint32_t flags;
	const char *reason;
} missing[] = {
	{ TSPDM_CAP_MUT_AUTH, "it comes with --mutual and --basic-mutual" },
	{ TSPDM_CAP_SET_CERT | TSPDM_CAP_CSR, "it comes with --provision" },
	{ TSPDM_CAP_CACHE, "caching of the negotiated state is not in this release" },
	{ TSPDM_CAP_PUB_KEY_ID, "it comes with --public-key-only" },
	{ TSPDM_CAP_EP_INFO_MASK | TSPDM_CAP_MEL | TSPDM_CAP_EVENT | TSPDM_CAP_MULTI_KEY_MASK |
			TSPDM_CAP_GET_KEY_PAIR_INFO | TSPDM_CAP_SET_KEY_PAIR_INFO | TSPDM_CAP_SET_KEY_PAIR_RESET |
			TSPDM_CAP_LARGE_RESP,
		"it is of SPDM 1.3 and later, which this release does not answer" },
};

static const char *reason_against(uint32_t flags)
{
	for (size_t i = 0; i < COUNT(missing); i++)
		if ((missing[i].flags & flags) != 0)
			return missing[i].reason;
	return NULL;
}

static bool on_enterprise(struct options *o, const char *value, char *why)
{
	return take_enterprise(&o->enterprise, value, why);
}

static bool on_caps(struct options *o, const char *value, char *why)
{
	if (!take_capabilities(&o->capabilities, value, reason_against, why))
		return false;
	return o->capabilities != 0 || refuse(why, "caps", value, "leaves a device that can do nothing");
}

static bool take_size(uint32_t *out, const char *option, const char *value, char *why)
{
	unsigned long size;

	if (!take_number(value, TSPDM_MIN_DATA_TRANSFER_SIZE, MESSAGE_MAX, &size))
		return refuse(why, option, value, "must be 42 to 65000 bytes");
	*out = (uint32_t)size;
	return true;
}

static bool on_max_message(struct options *o, const char *value, char *why)
{
	return take_size(&o->max_message, "max-message", value, why);
}

static bool on_data_transfer_size(struct options *o, const char *value, char *why)
{
	return take_size(&o->data_transfer_size, "data-transfer-size", value, why);
}

/* ---- Sessions ---- */

static bool on_req_asym(struct options *o, const char *value, char *why)
{
	return take_algorithms(TSPDM_KIND_ASYM, &o->req_asym, "req-asym", value, why);
}

static bool on_dhe(struct options *o, const char *value, char *why)
{
	return take_algorithms(TSPDM_KIND_DHE, &o->dhe, "dhe", value, why);
}

static bool on_aead(struct options *o, const char *value, char *why)
{
	return take_algorithms(TSPDM_KIND_AEAD, &o->aead, "aead", value, why);
}

static bool on_key_schedule(struct options *o, const char *value, char *why)
{
	(void)o;
	return take_key_schedule(value, why);
}

static bool on_heartbeat(struct options *o, const char *value, char *why)
{
	unsigned long seconds;

	if (!take_number(value, 0, UINT8_MAX, &seconds))
		return refuse(why, "heartbeat", value, "must be 0 to 255 seconds");
	o->heartbeat_s = (uint8_t)seconds;
	return true;
}

static bool on_update_keys(struct options *o, const char *value, char *why)
{
	unsigned long seconds;

	if (!take_number(value, 1, 31536000, &seconds))
		return refuse(why, "update-keys", value, "must be 1 to 31536000 seconds");
	o->update_keys_s = (uint32_t)seconds;
	return true;
}

static bool on_app(struct options *o, const char *value, char *why)
{
	static const char *const names[] = { "refuse", "echo", "discard" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], value) == 0) {
			o->app = (enum app_choice)i;
			o->has_app = true;
			return true;
		}
	return refuse(why, "app", value, "must be refuse, echo or discard");
}

static bool on_receive(struct options *o, const char *value, char *why)
{
	return take_text(&o->receive, "receive", value, why);
}

static bool on_reply(struct options *o, const char *value, char *why)
{
	return take_text(&o->reply, "reply", value, why);
}

/* ---- Mutual authentication ---- */

static bool on_mutual(struct options *o, const char *value, char *why)
{
	static const char *const names[] = { "none", "ask", "require" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], value) == 0) {
			o->mutual = (enum tspdm_mutual_policy)i;
			return true;
		}
	return refuse(why, "mutual", value, "must be none, ask or require");
}

static bool on_mutual_form(struct options *o, const char *value, char *why)
{
	static const char *const names[] = { "plain", "encapsulated", "implicit" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], value) == 0) {
			o->mutual_form = 1U << i; /* enum tspdm_mutual_auth */
			return true;
		}
	return refuse(why, "mutual-form", value, "must be plain, encapsulated or implicit");
}

static bool on_basic_mutual(struct options *o, const char *value, char *why)
{
	(void)value, (void)why;
	o->is_basic_mutual = true;
	return true;
}

static bool on_trust(struct options *o, const char *value, char *why)
{
	return take_item(&o->trust, "trust", value, why);
}

static bool on_requester_cert(struct options *o, const char *value, char *why)
{
	return take_text(&o->requester_cert, "requester-cert", value, why);
}

static bool on_requester_key(struct options *o, const char *value, char *why)
{
	return take_text(&o->requester_key, "requester-key", value, why);
}

/* ---- How it is served ---- */

static bool on_delay(struct options *o, const char *value, char *why)
{
	unsigned long ms;

	if (!take_number(value, 0, DELAY_MAX_MS, &ms))
		return refuse(why, "delay", value, "must be 0 to 60000 milliseconds");
	o->delay_us = o->tee.soft.delay_us = (uint32_t)ms * 1000;
	return true;
}

static bool on_once(struct options *o, const char *value, char *why)
{
	(void)value, (void)why;
	o->is_once = true;
	return true;
}

static bool on_log_level(struct options *o, const char *value, char *why)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], value) == 0) {
			o->log_level = (enum log_level)i;
			return true;
		}
	return refuse(why, "log-level", value, "must be error, warn, info or debug");
}

static bool on_log_json(struct options *o, const char *value, char *why)
{
	(void)value, (void)why;
	o->is_log_json = true;
	return true;
}

/* ---- The software TEE, for tests ---- */

static bool on_attest_peer(struct options *o, const char *value, char *why)
{
	static const char *const names[] = { "none", "ask", "require" }; /* by enum peer_choice */

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], value) == 0) {
			o->attest_peer = (enum peer_choice)i;
			return true;
		}
	return refuse(why, "attest-peer", value, "must be none, ask or require");
}

static bool on_peer_policy(struct options *o, const char *value, char *why)
{
	return take_text(&o->peer_policy, "peer-policy", value, why);
}

static bool on_peer_collateral(struct options *o, const char *value, char *why)
{
	return take_text(&o->peer_collateral, "peer-collateral", value, why);
}

static bool on_allow_soft_tee(struct options *o, const char *value, char *why)
{
	(void)value, (void)why;
	o->allow_soft_tee = true;
	return true;
}

static bool on_soft_kind(struct options *o, const char *value, char *why)
{
	return soft_take_kind(&o->tee, value, why);
}

static bool on_soft_seed(struct options *o, const char *value, char *why)
{
	return soft_take_seed(&o->tee, value, why);
}

static bool on_soft_measurement(struct options *o, const char *value, char *why)
{
	return soft_take_measurement(&o->tee, value, why);
}

static bool on_soft_defect(struct options *o, const char *value, char *why)
{
	return soft_take_defect(&o->tee, value, why);
}

static bool on_soft_report_version(struct options *o, const char *value, char *why)
{
	return soft_take_report_version(&o->tee, value, why);
}

static bool on_pcap(struct options *o, const char *value, char *why)
{
	return take_text(&o->pcap.file, "pcap", value, why);
}

static bool on_pcap_format(struct options *o, const char *value, char *why)
{
	return pcap_take_format(&o->pcap, value, why);
}

static bool on_keylog(struct options *o, const char *value, char *why)
{
	return take_text(&o->keylog, "keylog", value, why);
}

static bool on_write_collateral(struct options *o, const char *value, char *why)
{
	o->tee.given = "write-collateral";
	return take_text(&o->write_collateral, o->tee.given, value, why);
}

static bool on_help(struct options *o, const char *value, char *why)
{
	(void)value, (void)why;
	o->wants_help = true;
	return true;
}

static bool on_device_report(struct options *o, const char *value, char *why)
{
	if (o->device_reports.count == TSPDM_DEVICES_MAX)
		return refuse(why, "device-report", value, "is one too many: at most 8");
	return take_item(&o->device_reports, "device-report", value, why);
}

static bool on_version(struct options *o, const char *value, char *why)
{
	(void)value, (void)why;
	o->wants_version = true;
	return true;
}

/* ---- The table ---- */

static const struct row {
	const char *name;
	const char *argument; /* NULL: none */
	take_option *take;
	const char *help;
} rows[] = {
	{ "listen", "ENDPOINT", on_listen, "where to serve; may repeat" },
	{ "tls-cert", "FILE", on_tls_cert, "certificate of tls://, PEM (default: one made on the spot)" },
	{ "tls-key", "FILE", on_tls_key, "its private key, PEM" },
	{ "tls-trust", "FILE", on_tls_trust, "whose certificates TLS clients have to have, PEM" },
	{ "tls-psk", "ID:FILE", on_tls_psk, "a pre-shared key for TLS instead, hex or raw; may repeat" },
	{ "tee", "KIND", on_tee, "auto (default), sev-snp, tdx, sgx, soft or none" },
	{ "cert", "[SLOT:]FILE", on_cert, "certificate chain of a slot, PEM or DER" },
	{ "key", "[SLOT:]FILE", on_key, "private key of a slot, PEM or DER" },
	{ "write-root", "FILE", on_write_root, "write the root certificate, for the verifier's --trust" },
	{ "public-key-only", NULL, on_public_key_only, "serve the key without its certificates (PUB_KEY_ID)" },
	{ "write-public-key", "FILE", on_write_public_key, "write the public key, for the verifier's --peer-key" },
	{ "measurements", "FILE", on_measurements, "further measurement blocks, JSON" },
	{ "provision", "DIR", on_provision, "let requesters set chains, which are kept in DIR" },
	{ "trusted-environment", NULL, on_trusted_environment, "let them set every slot outside of sessions too" },
	{ "psk", "HINT:FILE", on_psk, "a pre-shared key, hex or raw, for sessions; may repeat" },
	{ "versions", "1.2,...", on_versions, "SPDM versions to answer (default: 1.1,1.2)" },
	{ "strict", NULL, on_strict, "by the standard's text where deployed peers differ from it" },
	{ "asym", "NAME,...", on_asym, "signature algorithms to select from; of the key made in memory" },
	{ "hash", "NAME,...", on_hash, "hash algorithms to select from" },
	{ "meas-hash", "NAME", on_meas_hash, "measurement hash algorithm (default: sha384)" },
	{ "caps", "+NAME,-NAME,...", on_caps, "force capability flags" },
	{ "enterprise", "N", on_enterprise, "IANA number that evidence messages bear (default: 32473)" },
	{ "dhe", "NAME,...", on_dhe, "DHE groups to select from" },
	{ "aead", "NAME,...", on_aead, "AEAD suites to select from" },
	{ "key-schedule", "spdm", on_key_schedule, "key schedules to select from" },
	{ "heartbeat", "S", on_heartbeat, "heartbeat period of sessions (default: 20; 0: none)" },
	{ "update-keys", "S", on_update_keys, "want new keys of requesters with ENCAP every S seconds" },
	{ "app", "refuse|echo|discard", on_app, "what to do with application data (default: refuse)" },
	{ "receive", "FILE", on_receive, "keep application data in FILE; - is standard output" },
	{ "reply", "FILE", on_reply, "answer application data with what FILE holds" },
	{ "max-message", "N", on_max_message, "largest request to take, bytes (default: 4096)" },
	{ "mutual", "POLICY", on_mutual, "requesters prove who they are: none (default), ask or require" },
	{ "mutual-form", "FORM", on_mutual_form, "plain, encapsulated (default) or implicit" },
	{ "basic-mutual", NULL, on_basic_mutual, "ask for it after CHALLENGE too" },
	{ "trust", "FILE", on_trust, "roots of requesters' certificate chains, PEM or DER; may repeat" },
	{ "requester-cert", "FILE", on_requester_cert, "the requester's chain, root first, which is not fetched then" },
	{ "requester-key", "FILE", on_requester_key, "the requester's public key, of one without certificates" },
	{ "req-asym", "NAME,...", on_req_asym, "what requesters may sign with" },
	{ "attest-peer", "POLICY", on_attest_peer, "requesters prove their TEE: none (default), ask or require" },
	{ "peer-policy", "FILE|genuine", on_peer_policy, "what to accept of their TEEs" },
	{ "peer-collateral", "DIR", on_peer_collateral, "certificates, CRLs, TCB info for it" },
	{ "allow-soft-tee", NULL, on_allow_soft_tee, "accept the software TEE of theirs, which anyone can forge" },
	{ "accept-result", "FILE", on_accept_result, "keep in FILE what verifiers find of it and hand over" },
	{ "result-key", "FILE", on_result_key, "public key of a verifier whose result counts; may repeat" },
	{ "unverified-result", NULL, on_unverified_result, "keep a result whoever made it" },
	{ "data-transfer-size", "N", on_data_transfer_size, "largest in one piece (default: --max-message)" },
	{ "delay", "MS", on_delay, "give evidence and signatures late (ResponseNotReady)" },
	{ "once", NULL, on_once, "serve one connection and end" },
	{ "max-connections", "N", on_max_connections, "most connections at a time (default: 1024)" },
	{ "max-per-peer", "N", on_max_per_peer, "of one address (default: no limit but that)" },
	{ "max-handshakes", "N", on_max_handshakes, "not authenticated to yet (default: likewise)" },
	{ "max-memory", "MIB", on_max_memory, "most memory of all connections (default: 512)" },
	{ "first-timeout", "S", on_first_timeout, "wait for the first message (default: 10)" },
	{ "frame-timeout", "S", on_frame_timeout, "wait for a message to be whole, or taken (default: 30)" },
	{ "idle-timeout", "S", on_idle_timeout, "wait for another message (default: 60)" },
	{ "grace", "S", on_grace, "how long ending waits for what is under way (default: 5)" },
	{ "device-report", "DIR", on_device_report, "show the report of an attached device; may repeat" },
	{ "metrics", "ENDPOINT", on_metrics, "tell what is counted, by HTTP; local tcp:// or unix:" },
	{ "log-level", "LEVEL", on_log_level, "error, warn, info (default) or debug" },
	{ "log-json", NULL, on_log_json, "log one JSON object on each line" },
	{ "soft-kind", "sev-snp|tdx|sgx", on_soft_kind, "for tests: what the software TEE plays" },
	{ "soft-seed", "N", on_soft_seed, "for tests: which chip the software TEE pretends to be" },
	{ "soft-measurement", "HEX", on_soft_measurement, "for tests: launch digest of the software TEE" },
	{ "soft-defect", "NAME,...", on_soft_defect, "for tests: something wrong for a verifier to notice" },
	{ "soft-report-version", "N", on_soft_report_version, "for tests: version of its reports or quotes" },
	{ "write-collateral", "DIR", on_write_collateral, "of the software TEE, for the verifier's --collateral" },
	{ "pcap", "FILE", on_pcap, "capture the traffic, records sealed" },
	{ "pcap-format", "FORMAT", on_pcap_format, "tcp (default), spdm-dump or user" },
	{ "keylog", "FILE", on_keylog, "DANGEROUS: add all secrets of all sessions to FILE" },
	{ "help", NULL, on_help, "this text" },
	{ "version", NULL, on_version, "the program's version" },
};

void options_help(void)
{
	printf("usage: tspdm-attester --listen ENDPOINT... [options]\n\n"
	       "Serves an identity, measurements and TEE evidence over SPDM until SIGINT or SIGTERM.\n"
	       "ENDPOINT: tcp://HOST[:PORT], tls://HOST[:PORT], unix:PATH, vsock://CID[:PORT],\n"
	       "  emu[+mctp|doe|tcp|none]://HOST[:PORT]; port 0: any\n\n");
	for (size_t i = 0; i < COUNT(rows); i++)
		print_option(rows[i].name, rows[i].argument, rows[i].help);
	printf("\nDefects: flip-signature, flip-report, debug, wrong-report-data, replay, wrong-hwid, wrong-tcb,\n"
	       "  expired, foreign-root, unsigned, no-certificates, migration, revoked, wrong-key-kind.\n"
	       "Exit status: 0 ended in order, 1 internal or system error, 2 usage or a file that cannot be used,\n"
	       "  3 cannot listen, 6 no TEE that could give evidence.\n");
}

bool options_want_tls(const struct options *o)
{
	for (unsigned i = 0; i < o->listen.count; i++)
		if (strncasecmp(o->listen.items[i], "tls://", strlen("tls://")) == 0)
			return true;
	return false;
}

static bool check_tls(const struct options *o, char *why)
{
	if (!tls_check(&o->tls, why))
		return false;
	if (!tls_is_given(&o->tls) || options_want_tls(o))
		return true;
	snprintf(why, WHY_MAX, "--tls-cert, --tls-key, --tls-trust and --tls-psk go with --listen tls://HOST:PORT");
	return false;
}

static bool check_pairs(const struct options *o, char *why)
{
	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		if ((o->certs[i] == NULL) != (o->keys[i] == NULL)) {
			snprintf(why, WHY_MAX, "slot %u has a --%s but no --%s", i,
				o->certs[i] != NULL ? "cert" : "key", o->certs[i] != NULL ? "key" : "cert");
			return false;
		}
	return true;
}

static bool check_provisioning(const struct options *o, char *why)
{
	bool has_key = false;

	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		has_key = has_key || o->keys[i] != NULL;
	if (o->provision == NULL && o->is_trusted_environment)
		snprintf(why, WHY_MAX, "--trusted-environment goes with --provision");
	else if (o->provision == NULL && (o->capabilities & TSPDM_CAP_CERT_INSTALL_RESET) != 0)
		snprintf(why, WHY_MAX, "--caps: CERT_INSTALL_RESET goes with --provision");
	else if (o->provision != NULL && !has_key)
		snprintf(why, WHY_MAX, "--provision needs a key that lasts; --cert and --key");
	else if (o->provision != NULL && (o->capabilities & TSPDM_CAP_ALIAS_CERT) != 0)
		snprintf(why, WHY_MAX, "--provision keeps chains of the keys of --key, which are no ALIAS_CERT ones");
	else
		return true;
	return false;
}

static bool check_application(struct options *o, char *why)
{
	bool has_file = o->receive != NULL || o->reply != NULL;

	if (has_file && o->has_app && o->app == APP_REFUSE)
		snprintf(why, WHY_MAX, "--app refuse contradicts --receive and --reply");
	else if (o->reply != NULL && o->app == APP_ECHO)
		snprintf(why, WHY_MAX, "--app echo and --reply are two answers to the same data");
	else if ((has_file || o->has_app) && (o->capabilities & TSPDM_CAP_KEY_EX) == 0 && o->psks.count == 0)
		snprintf(why, WHY_MAX, "application data needs sessions, and --caps takes KEY_EX away");
	else {
		if (has_file && !o->has_app)
			o->app = APP_DISCARD;
		return true;
	}
	return false;
}

/* The option that only means something with mutual authentication; NULL: there is none. */
static const char *names_requesters(const struct options *o)
{
	if (o->mutual_form != 0)
		return "mutual-form";
	if (o->trust.count != 0)
		return "trust";
	if (o->requester_cert != NULL)
		return "requester-cert";
	if (o->requester_key != NULL)
		return "requester-key";
	return o->req_asym != 0 ? "req-asym" : NULL;
}

/* A chain is worth what its root is. */
static bool knows_requesters(const struct options *o)
{
	return o->trust.count != 0 || (o->requester_key != NULL && o->requester_cert == NULL);
}

static bool check_capture(const struct options *o, char *why)
{
	for (unsigned i = 0; i < o->listen.count; i++)
		if (!pcap_suits(&o->pcap, o->listen.items[i], why))
			return false;
	return true;
}

/* A key that is known has no chain to show. */
static bool check_key_alone(struct options *o, char *why)
{
	unsigned count = 0;

	if (!o->is_key_alone)
		return true;
	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		count += o->keys[i] != NULL;
	o->capabilities = (o->capabilities & ~(uint32_t)TSPDM_CAP_CERT) | TSPDM_CAP_PUB_KEY_ID;
	if (o->write_root != NULL)
		snprintf(why, WHY_MAX, "--write-root: with --public-key-only there are no certificates");
	else if (count > 1)
		snprintf(why, WHY_MAX, "--public-key-only: there is one key, but several slots are given");
	else if (o->versions == TSPDM_VERSION_BIT(TSPDM_V10))
		snprintf(why, WHY_MAX, "--public-key-only: SPDM 1.0 has no keys without certificates");
	else
		return true;
	return false;
}

/* Nobody is trusted without a policy, and nothing is presented outside of sessions. */
static bool check_attest_peer(const struct options *o, char *why)
{
	bool is_wanted = o->attest_peer != PEER_NONE;

	if (is_wanted && o->peer_policy == NULL)
		snprintf(why, WHY_MAX, "--attest-peer needs a policy; --peer-policy FILE, or genuine");
	else if (!is_wanted && (o->peer_policy != NULL || o->peer_collateral != NULL || o->allow_soft_tee))
		snprintf(why, WHY_MAX, "--peer-policy, --peer-collateral and --allow-soft-tee go with --attest-peer");
	else if (is_wanted && (o->capabilities & TSPDM_CAP_KEY_EX) == 0 && o->psks.count == 0)
		snprintf(why, WHY_MAX, "--attest-peer needs sessions, and --caps takes KEY_EX away");
	else
		return true;
	return false;
}

static bool check_combination(struct options *o, char *why)
{
	if (o->wants_help || o->wants_version)
		return true;
	if (!check_key_alone(o, why))
		return false;
	if (o->listen.count == 0)
		snprintf(why, WHY_MAX, "no --listen; try tspdm-attester --help");
	else if (!soft_check(&o->tee, why))
		return false;
	else if (o->mutual == TSPDM_MUTUAL_NONE && !o->is_basic_mutual && names_requesters(o))
		snprintf(why, WHY_MAX, "--%s goes with --mutual or --basic-mutual", names_requesters(o));
	else if ((o->mutual != TSPDM_MUTUAL_NONE || o->is_basic_mutual) && !knows_requesters(o))
		snprintf(why, WHY_MAX, "mutual authentication needs --trust, or --requester-key");
	else if (o->mutual_form == TSPDM_MUTUAL_AUTH && o->requester_cert == NULL && o->requester_key == NULL)
		snprintf(why, WHY_MAX, "--mutual-form plain needs --requester-cert or --requester-key");
	else if (o->update_keys_s != 0 && (o->capabilities & TSPDM_CAP_KEY_UPD) == 0)
		snprintf(why, WHY_MAX, "--update-keys needs KEY_UPD, which --caps takes away");
	else if ((o->capabilities & TSPDM_CAP_PSK_MASK) != 0 && o->psks.count == 0)
		snprintf(why, WHY_MAX, "--caps: sessions by pre-shared key need a key; --psk HINT:FILE");
	else if (o->max_message != 0 && o->data_transfer_size != 0 && o->max_message < o->data_transfer_size)
		snprintf(why, WHY_MAX, "--data-transfer-size is larger than --max-message");
	else if (o->pcap.has_format && o->pcap.file == NULL)
		snprintf(why, WHY_MAX, "--pcap-format goes with --pcap");
	else
		return check_attest_peer(o, why) && results_check(o, why) && check_tls(o, why) && check_pairs(o, why) &&
		       check_provisioning(o, why) && check_application(o, why) && check_capture(o, why);
	return false;
}

static bool take_options(struct options *o, int argc, char **argv, const struct option *table, char *why)
{
	int index, found;

	opterr = 0;
	while ((found = getopt_long(argc, argv, ":", table, &index)) != -1) {
		if (found != 0) {
			snprintf(why, WHY_MAX, "%.200s%s", argv[optind - 1],
				found == ':' ? " needs an argument" : ": unknown option, or it takes no argument");
			return false;
		}
		if (!rows[index].take(o, optarg, why))
			return false;
	}
	if (optind < argc) {
		snprintf(why, WHY_MAX, "%.200s: what is this? Endpoints are given by --listen", argv[optind]);
		return false;
	}
	return check_combination(o, why);
}

bool options_read(struct options *o, int argc, char **argv, char *why)
{
	struct option table[COUNT(rows) + 1] = { 0 };

	*o = (struct options){
		.capabilities = DEFAULT_CAPABILITIES,
		.measurement_hash = TSPDM_MEASUREMENT_HASH(TSPDM_HASH_SHA384),
		.limits = limits_default,
		.heartbeat_s = DEFAULT_HEARTBEAT_S,
		.log_level = LOG_INFO,
	};
	soft_default(&o->tee);
	for (size_t i = 0; i < COUNT(rows); i++)
		table[i] = (struct option){ .name = rows[i].name,
			.has_arg = rows[i].argument != NULL ? required_argument : no_argument };
	return take_options(o, argc, argv, table, why);
}
