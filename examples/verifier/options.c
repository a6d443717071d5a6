/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The command line of tspdm-verifier: one table of options, from which parsing and --help both come. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fleet.h"
#include "forms.h"

enum {
	DEFAULT_JOBS = 64,
	DEFAULT_RETRY_MS = 1000,
};

/* ---- Values ---- */

static bool take_index(const char *item, void *to)
{
	unsigned long index;

	if (!take_number(item, 1, 254, &index))
		return false;
	((uint8_t *)to)[index / 8] |= (uint8_t)(1U << index % 8);
	return true;
}

/* Two digits at a place of an RFC 3339 time. */
static bool two_digits(const char *at, int *out)
{
	if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
		return false;
	*out = (at[0] - '0') * 10 + at[1] - '0';
	return true;
}

/* "Z" or "+01:00", in seconds. */
static bool read_offset(const char *at, int *out)
{
	int hours, minutes;

	*out = 0;
	if (strcmp(at, "Z") == 0 || strcmp(at, "z") == 0)
		return true;
	if ((at[0] != '+' && at[0] != '-') || !two_digits(at + 1, &hours) || at[3] != ':' ||
		!two_digits(at + 4, &minutes) || at[6] != '\0' || hours > 23 || minutes > 59)
		return false;
	*out = (hours * 60 + minutes) * 60 * (at[0] == '-' ? -1 : 1);
	return true;
}

/* RFC 3339 "date-time"; fractions of seconds are dropped. */
static bool read_time(const char *text, int64_t *out)
{
	int century, year, month, day, hour, minute, second, offset;
	struct tm tm = { 0 }, check;
	time_t when;

	if (!two_digits(text, &century) || !two_digits(text + 2, &year) || text[4] != '-' ||
		!two_digits(text + 5, &month) || text[7] != '-' || !two_digits(text + 8, &day))
		return false;
	if (strchr("Tt ", text[10]) == NULL || text[10] == '\0' || !two_digits(text + 11, &hour) || text[13] != ':' ||
		!two_digits(text + 14, &minute) || text[16] != ':' || !two_digits(text + 17, &second))
		return false;
	text += 19;
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	if (!read_offset(text, &offset) || hour > 23 || minute > 59 || second > 60)
		return false;
	tm = (struct tm){ .tm_year = century * 100 + year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute,
		.tm_sec = second < 60 ? second : 59 };
	check = tm;
	when = timegm(&tm);
	if (tm.tm_mon != check.tm_mon || tm.tm_mday != check.tm_mday || when <= offset)
		return false; /* a 31st of April, or before 1970, which means "no clock" elsewhere */
	*out = when - offset;
	return true;
}

/* ---- Options ---- */

static bool on_policy(struct options *o, const char *value, char *why)
{
	return take_text(&o->policy, "policy", value, why);
}

static bool on_evidence(struct options *o, const char *value, char *why)
{
	static const char *const names[] = { "required", "optional", "none" };

	for (unsigned i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], value) == 0) {
			o->evidence = (enum evidence_mode)i;
			return true;
		}
	return refuse(why, "evidence", value, "must be required, optional or none");
}

static bool on_trust(struct options *o, const char *value, char *why)
{
	return take_item(&o->trust, "trust", value, why);
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

static bool on_tls_name(struct options *o, const char *value, char *why)
{
	return take_text(&o->tls.name, "tls-name", value, why);
}

static bool on_tls_psk(struct options *o, const char *value, char *why)
{
	return take_item(&o->tls.psks, "tls-psk", value, why);
}

static bool on_peer_key(struct options *o, const char *value, char *why)
{
	return take_text(&o->peer_key, "peer-key", value, why);
}

static bool on_allow_soft_tee(struct options *o, const char *value, char *why)
{
	(void)value;
	(void)why;
	o->allow_soft_tee = true;
	return true;
}

static bool on_snp_roots(struct options *o, const char *value, char *why)
{
	return take_text(&o->snp_roots, "snp-roots", value, why);
}

static bool on_tdx_roots(struct options *o, const char *value, char *why)
{
	return take_text(&o->tdx_roots, "tdx-roots", value, why);
}

static bool on_event_log(struct options *o, const char *value, char *why)
{
	return take_text(&o->event_log, "event-log", value, why);
}

static bool on_collateral(struct options *o, const char *value, char *why)
{
	return take_text(&o->collateral, "collateral", value, why);
}

static bool on_slot(struct options *o, const char *value, char *why)
{
	unsigned long slot;

	if (!take_number(value, 0, TSPDM_SLOTS - 1, &slot))
		return refuse(why, "slot", value, "must be 0 to 7");
	o->slot = (uint8_t)slot;
	o->has_slot = true;
	return true;
}

static bool on_measurements(struct options *o, const char *value, char *why)
{
	if (strcmp(value, "all") == 0)
		return true;
	o->has_indices = true;
	return take_list(value, take_index, o->indices) ||
	       refuse(why, "measurements", value, "must be all, or a list of indices of 1 to 254");
}

static bool on_no_challenge(struct options *o, const char *value, char *why)
{
	(void)value;
	(void)why;
	o->no_challenge = true;
	return true;
}

/* ---- Sessions ---- */

static bool on_session(struct options *o, const char *value, char *why)
{
	(void)value;
	if (o->session == SESSION_NEVER)
		return refuse(why, "session", "", "contradicts --no-session");
	o->session = SESSION_REQUIRED;
	return true;
}

static bool on_no_session(struct options *o, const char *value, char *why)
{
	(void)value;
	if (o->session == SESSION_REQUIRED)
		return refuse(why, "no-session", "", "contradicts an option that needs a session");
	o->session = SESSION_NEVER;
	return true;
}

static bool on_send(struct options *o, const char *value, char *why)
{
	return take_text(&o->send, "send", value, why) && session_demand(o, "send", value, why);
}

static bool on_receive(struct options *o, const char *value, char *why)
{
	return take_text(&o->receive, "receive", value, why) && session_demand(o, "receive", value, why);
}

static bool take_count(struct options *o, const char *option, const char *value, uint32_t *out, char *why)
{
	unsigned long count;

	if (!take_number(value, 1, 100000, &count))
		return refuse(why, option, value, "must be 1 to 100000");
	*out = (uint32_t)count;
	return session_demand(o, option, value, why);
}

static bool on_heartbeats(struct options *o, const char *value, char *why)
{
	return take_count(o, "heartbeats", value, &o->heartbeats, why);
}

static bool on_key_updates(struct options *o, const char *value, char *why)
{
	return take_count(o, "key-updates", value, &o->key_updates, why);
}

static bool take_period(uint32_t *out, const char *option, const char *value, char *why)
{
	unsigned long seconds;

	if (!take_number(value, 1, 31536000, &seconds))
		return refuse(why, option, value, "must be 1 to 31536000 seconds");
	*out = (uint32_t)seconds;
	return true;
}

static bool on_hold(struct options *o, const char *value, char *why)
{
	return take_period(&o->hold_s, "hold", value, why) && session_demand(o, "hold", value, why);
}

/* One endpoint is watched over its session; whether it is one shows in the end. */
static bool on_watch(struct options *o, const char *value, char *why)
{
	return take_period(&o->watch_s, "watch", value, why);
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

#define CAPS_OF_VERIFIERS                                                                                              \
	(TSPDM_CAP_KEY_EX | TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC | TSPDM_CAP_HBEAT | TSPDM_CAP_KEY_UPD |                  \
		TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR | TSPDM_CAP_ENCAP)
#define DEFAULT_CAPABILITIES (CAPS_OF_VERIFIERS & ~(uint32_t)(TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR | TSPDM_CAP_ENCAP))

static const char *reason_against(uint32_t flags)
{
	if ((flags & (TSPDM_CAP_MUT_AUTH | TSPDM_CAP_CERT | TSPDM_CAP_CHAL)) != 0)
		return "it comes with --cert and --key";
	if ((flags & TSPDM_CAP_PUB_KEY_ID) != 0)
		return "it comes with --public-key-only";
	if ((flags & TSPDM_CAP_PSK_MASK) != 0)
		return "it comes with --psk";
	return (flags & ~(uint32_t)CAPS_OF_VERIFIERS) == 0
		       ? NULL
		       : "this release's verifier has no such capability to announce";
}

static bool on_enterprise(struct options *o, const char *value, char *why)
{
	return take_enterprise(&o->enterprise, value, why);
}

static bool on_caps(struct options *o, const char *value, char *why)
{
	uint32_t trial = 0;

	return take_capabilities(&trial, value, reason_against, why) && take_item(&o->caps, "caps", value, why);
}

/* What other options bring comes first, wherever they stand. */
static bool find_capabilities(struct options *o, char *why)
{
	o->capabilities |= identity_capabilities(o);
	if (o->psk != NULL)
		o->capabilities |= TSPDM_CAP_PSK;
	for (unsigned i = 0; i < o->caps.count; i++)
		if (!take_capabilities(&o->capabilities, o->caps.items[i], reason_against, why))
			return false;
	return true;
}

/* ---- Provisioning ---- */

static bool on_get_csr(struct options *o, const char *value, char *why)
{
	return take_text(&o->get_csr, "get-csr", value, why);
}

static bool on_set_cert(struct options *o, const char *value, char *why)
{
	return provision_take(o, value, why);
}

/* ---- What is offered ---- */

static bool on_versions(struct options *o, const char *value, char *why)
{
	const uint32_t implemented =
		TSPDM_VERSION_BIT(TSPDM_V10) | TSPDM_VERSION_BIT(TSPDM_V11) | TSPDM_VERSION_BIT(TSPDM_V12);

	if (!take_versions(&o->versions, "versions", value, why))
		return false;
	return (o->versions & ~implemented) == 0 ||
	       refuse(why, "versions", value, "this release offers 1.0, 1.1 and 1.2");
}

static bool on_strict(struct options *o, const char *value, char *why)
{
	(void)value;
	(void)why;
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
	return take_algorithms(TSPDM_KIND_MEASUREMENT_HASH, &o->measurement_hash, "meas-hash", value, why);
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

static bool on_json(struct options *o, const char *value, char *why)
{
	(void)value;
	(void)why;
	o->is_json = true;
	return true;
}

static bool on_quiet(struct options *o, const char *value, char *why)
{
	(void)value;
	(void)why;
	o->is_quiet = true;
	return true;
}

static bool on_timeout(struct options *o, const char *value, char *why)
{
	unsigned long seconds;

	if (!take_number(value, 1, 86400, &seconds))
		return refuse(why, "timeout", value, "must be 1 to 86400 seconds");
	o->timeout_s = (uint32_t)seconds;
	return true;
}

static bool on_retries(struct options *o, const char *value, char *why)
{
	unsigned long retries;

	if (!take_number(value, 0, 100, &retries))
		return refuse(why, "retries", value, "must be 0 to 100");
	o->retries = retries == 0 ? TSPDM_NO_RETRIES : (uint8_t)retries;
	return true;
}

static bool take_size(uint32_t *out, const char *option, const char *value, char *why)
{
	unsigned long size;

	if (!take_number(value, TSPDM_MIN_DATA_TRANSFER_SIZE, DEFAULT_MAX_MESSAGE, &size))
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

static bool on_appraise(struct options *o, const char *value, char *why)
{
	return take_text(&o->appraise, "appraise", value, why);
}

static bool on_certs(struct options *o, const char *value, char *why)
{
	return take_item(&o->certs, "certs", value, why);
}

static bool on_report_data(struct options *o, const char *value, char *why)
{
	size_t len;

	memset(o->report_data, 0, sizeof o->report_data);
	if (value[0] == '\0' || !take_hex(value, o->report_data, sizeof o->report_data, &len))
		return refuse(why, "report-data", value, "must be 1 to 64 bytes in hex");
	o->has_report_data = true;
	return true;
}

static bool on_at(struct options *o, const char *value, char *why)
{
	return read_time(value, &o->time) ||
	       refuse(why, "at", value, "must be a time as 2026-01-31T12:00:00Z (RFC 3339)");
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

static bool on_write_policy(struct options *o, const char *value, char *why)
{
	return take_text(&o->write_policy, "write-policy", value, why);
}

static bool on_result(struct options *o, const char *value, char *why)
{
	return take_text(&o->result, "result", value, why);
}

static bool on_sign_key(struct options *o, const char *value, char *why)
{
	return take_text(&o->sign_key, "sign-key", value, why);
}

static bool on_bundle(struct options *o, const char *value, char *why)
{
	return take_text(&o->bundle, "bundle", value, why);
}

static bool on_check_result(struct options *o, const char *value, char *why)
{
	return take_text(&o->check_result, "check-result", value, why);
}

static bool on_result_key(struct options *o, const char *value, char *why)
{
	return take_text(&o->result_key, "result-key", value, why);
}

static bool on_result_nonce(struct options *o, const char *value, char *why)
{
	return (take_hex(value, o->nonce, sizeof o->nonce, &o->nonce_len) && o->nonce_len >= 8) ||
	       refuse(why, "result-nonce", value, "must be 8 to 64 bytes in hex");
}

static bool on_holder(struct options *o, const char *value, char *why)
{
	return take_text(&o->holder, "holder", value, why);
}

static bool on_max_age(struct options *o, const char *value, char *why)
{
	unsigned long seconds;

	if (!take_number(value, 1, 31536000, &seconds))
		return refuse(why, "max-age", value, "must be 1 to 31536000 seconds");
	o->max_age_s = (uint32_t)seconds;
	return true;
}

static bool on_device(struct options *o, const char *value, char *why)
{
	if (o->devices.count == TSPDM_DEVICES_MAX)
		return refuse(why, "device", value, "is one too many: at most 8");
	return take_item(&o->devices, "device", value, why);
}

static bool on_help(struct options *o, const char *value, char *why)
{
	(void)value;
	(void)why;
	o->wants_help = true;
	return true;
}

static bool on_version(struct options *o, const char *value, char *why)
{
	(void)value;
	(void)why;
	o->wants_version = true;
	return true;
}

static const struct row {
	const char *name;
	const char *argument; /* NULL: none */
	bool (*take)(struct options *o, const char *value, char *why);
	const char *help;
} rows[] = {
	{ "policy", "FILE|genuine", on_policy, "what to accept; without it nothing is trusted" },
	{ "evidence", "required|optional|none", on_evidence, "whether TEE evidence is demanded (default: required)" },
	{ "trust", "FILE", on_trust, "roots of SPDM certificate chains, PEM or DER; may repeat" },
	{ "peer-key", "FILE", on_peer_key, "the public key of a peer without certificates, PEM or DER" },
	{ "tls-trust", "FILE", on_tls_trust, "whose certificates tls:// has to have, PEM" },
	{ "tls-name", "NAME", on_tls_name, "the name in it (default: the endpoint's host)" },
	{ "tls-cert", "FILE", on_tls_cert, "the certificate to show in tls://, PEM" },
	{ "tls-key", "FILE", on_tls_key, "its private key, PEM" },
	{ "tls-psk", "ID:FILE", on_tls_psk, "a pre-shared key for tls:// instead, hex or raw" },
	{ "allow-soft-tee", NULL, on_allow_soft_tee, "accept the software TEE, which anyone can forge" },
	{ "snp-roots", "FILE", on_snp_roots, "AMD roots (ARK) to trust beside the built-in fingerprints" },
	{ "tdx-roots", "FILE", on_tdx_roots, "Intel SGX roots to trust beside the built-in fingerprint" },
	{ "collateral", "DIR", on_collateral, "certificates, CRLs, TCB info, QE identity" },
	{ "slot", "N", on_slot, "certificate slot (default: 0)" },
	{ "measurements", "all|N,...", on_measurements, "measurement blocks to ask for (default: all)" },
	{ "no-challenge", NULL, on_no_challenge, "no CHALLENGE: the measurements' signature proves the key" },
	{ "session", NULL, on_session, "fail where no session can be opened" },
	{ "no-session", NULL, on_no_session, "open no session after a good verdict" },
	{ "send", "FILE|TEXT", on_send, "send this, once the verdict is good; - is standard input" },
	{ "receive", "FILE", on_receive, "write what is answered to FILE (default: standard output)" },
	{ "heartbeats", "N", on_heartbeats, "send so many heartbeats" },
	{ "key-updates", "N", on_key_updates, "update the session's keys so often" },
	{ "get-csr", "FILE", on_get_csr, "write the endpoint's certificate request to FILE, PEM" },
	{ "set-cert", "[SLOT:]FILE", on_set_cert, "put a certificate chain into a slot of the endpoint" },
	{ "hold", "S", on_hold, "keep the session for S seconds, or until SIGINT" },
	{ "watch", "S", on_watch, "attest again every S seconds, over the session; many: anew" },
	{ "psk", "HINT:FILE", preshared_on_psk, "open the session by this pre-shared key, hex or raw" },
	{ "tee", "KIND", own_tee_on_tee, "the verifier's own TEE, proved to attesters (default: none)" },
	{ "cert", "[SLOT:]FILE", identity_on_cert, "the verifier's own chain, for attesters that ask who it is" },
	{ "key", "[SLOT:]FILE", identity_on_key, "the private key to it" },
	{ "public-key-only", NULL, identity_on_public_key_only, "the attester knows the key, and is shown no chain" },
	{ "mutual", NULL, identity_on_mutual, "fail where the session does not ask who this is" },
	{ "basic-mutual", NULL, identity_on_basic_mutual, "fail where nobody asks that after CHALLENGE" },
	{ "req-asym", "NAME,...", identity_on_req_asym, "signature algorithms to offer for --key" },
	{ "versions", "1.2,...", on_versions, "SPDM versions to offer (default: 1.1,1.2)" },
	{ "strict", NULL, on_strict, "by the standard's text where deployed peers differ from it" },
	{ "asym", "NAME,...", on_asym, "signature algorithms to offer" },
	{ "hash", "NAME,...", on_hash, "hash algorithms to offer" },
	{ "meas-hash", "NAME,...", on_meas_hash, "measurement hash algorithms to take" },
	{ "dhe", "NAME,...", on_dhe, "DHE groups to offer" },
	{ "aead", "NAME,...", on_aead, "AEAD suites to offer" },
	{ "key-schedule", "spdm", on_key_schedule, "key schedules to offer" },
	{ "caps", "+NAME,-NAME,...", on_caps, "force capability flags" },
	{ "enterprise", "N", on_enterprise, "IANA number that evidence messages bear (default: 32473)" },
	{ "timeout", "S", on_timeout, "longest time for connecting, and for one exchange" },
	{ "retries", "N", on_retries, "repetitions of an unanswered request" },
	{ "jobs", "N", fleet_on_jobs, "endpoints to attest at a time (default: 64)" },
	{ "connect-retries", "N", fleet_on_connect_retries,
		"further attempts where the connection fails (default: 0)" },
	{ "retry-delay", "MS", fleet_on_retry_delay, "before the first of them; doubled each time (default: 1000)" },
	{ "max-message", "N", on_max_message, "largest answer to take, bytes (default: 65000)" },
	{ "data-transfer-size", "N", on_data_transfer_size, "largest in one piece (default: --max-message)" },
	{ "device", "DIR", on_device, "a device that is attached to it, judged with it; may repeat" },
	{ "appraise", "FILE", on_appraise, "appraise a file, a bundle, or a device's directory" },
	{ "certs", "FILE|DIR", on_certs, "certificates: PEM, DER or auxblob, in any order; may repeat" },
	{ "event-log", "FILE", on_event_log, "TDX: the event log (CCEL), replayed against the RTMRs" },
	{ "report-data", "HEX", on_report_data, "what the report data must be" },
	{ "at", "TIME", on_at, "judge as of this moment, RFC 3339 (default: now)" },
	{ "write-policy", "FILE", on_write_policy, "write the policy that would accept it to a new file" },
	{ "result", "FILE", on_result, "write the result for others, a signed EAR (JWT)" },
	{ "give-result", NULL, hand_over_on_give_result, "hand the endpoint the same, for it to show to others" },
	{ "sign-key", "FILE", on_sign_key, "private key for results, P-256 or P-384, PEM or DER" },
	{ "check-result", "FILE", on_check_result, "verify the result of another verifier, and rely on it" },
	{ "result-key", "FILE", on_result_key, "that verifier's public key or certificate" },
	{ "result-nonce", "HEX", on_result_nonce, "the nonce that it has to be for" },
	{ "holder", "FILE", on_holder, "whose key or certificate it has to be about" },
	{ "max-age", "S", on_max_age, "how old it may be" },
	{ "bundle", "FILE", on_bundle, "write all that it was judged by, to be appraised again" },
	{ "soft-kind", "sev-snp|tdx|sgx", on_soft_kind, "for tests: what the software TEE of --tee soft plays" },
	{ "soft-seed", "N", on_soft_seed, "for tests: which chip it pretends to be" },
	{ "soft-measurement", "HEX", on_soft_measurement, "for tests: its launch digest" },
	{ "soft-defect", "NAME,...", on_soft_defect, "for tests: something wrong for the attester to notice" },
	{ "json", NULL, on_json, "one object on one line for each subject" },
	{ "quiet", NULL, on_quiet, "print nothing but JSON, if asked for" },
	{ "pcap", "FILE", on_pcap, "capture the traffic, records sealed" },
	{ "pcap-format", "FORMAT", on_pcap_format, "tcp (default), spdm-dump or user" },
	{ "keylog", "FILE", on_keylog, "DANGEROUS: add all secrets of all sessions to FILE" },
	{ "help", NULL, on_help, "this text" },
	{ "version", NULL, on_version, "the program's version" },
};

/* Known, and refused by name rather than ignored: who asks for one of these would be misled by silence. */
static const char *const later[] = { "heartbeat" };

void options_help(void)
{
	printf("usage: tspdm-verifier ENDPOINT... [options]\n"
	       "       tspdm-verifier --appraise FILE [options]\n"
	       "       tspdm-verifier --check-result FILE --result-key FILE [options]\n\n"
	       "Attests each endpoint over SPDM and says whether the policy trusts it.\n"
	       "@FILE is a list of endpoints, one a line; @- comes from standard input.\n"
	       "ENDPOINT: tcp://HOST[:PORT], tls://HOST[:PORT], unix:PATH, vsock://CID[:PORT],\n"
	       "  emu+mctp|doe|tcp|none://HOST[:PORT]\n\n");
	for (size_t i = 0; i < COUNT(rows); i++)
		print_option(rows[i].name, rows[i].argument, rows[i].help);
	printf("\nExit status: 0 trusted, 1 internal or system error, 2 usage, policy or configuration file,\n"
	       "  3 no connection, timeout, transport, 4 protocol failure, 5 authentication failed,\n"
	       "  6 evidence missing, not genuine or not bound, 7 refused by the policy,\n"
	       "  8 collateral missing, expired or revoked. Of several endpoints, the worst: 4 to 8,\n"
	       "  then 3, 2, 1, then 0. SIGINT and SIGTERM end what is not done yet, and the program.\n");
}

static bool take_options(struct options *o, int argc, char **argv, const struct option *table, char *why)
{
	int index, found;

	opterr = 0;
	while ((found = getopt_long(argc, argv, ":", table, &index)) != -1) {
		if (found != 0) {
			snprintf(why, WHY_MAX, "%s%s", argv[optind - 1],
				found == ':' ? " needs an argument" : ": unknown option, or it takes no argument");
			return false;
		}
		if (!rows[index].take(o, optarg, why))
			return false;
	}
	while (optind < argc)
		if (!endpoints_add(&o->endpoints, argv[optind++], why))
			return false;
	return fleet_settle_watch(o, why) && find_capabilities(o, why) && options_check(o, why);
}

bool options_read(struct options *o, int argc, char **argv, char *why)
{
	struct option table[COUNT(rows) + 1] = { 0 };

	*o = (struct options){ .capabilities = DEFAULT_CAPABILITIES,
		.program = "tspdm-verifier " TSPDM_PROGRAM_VERSION,
		.jobs = DEFAULT_JOBS,
		.retry_delay_ms = DEFAULT_RETRY_MS };
	o->tee.choice = CHOICE_NONE;
	soft_default(&o->tee);
	if (find_later(later, COUNT(later), argv + 1, why))
		return false;
	for (size_t i = 0; i < COUNT(rows); i++)
		table[i] = (struct option){ .name = rows[i].name,
			.has_arg = rows[i].argument != NULL ? required_argument : no_argument };
	return take_options(o, argc, argv, table, why);
}
