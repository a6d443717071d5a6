/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Appraisal: each case is a subject that a policy accepts, with one change to either. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <tspdm/appraisal.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A subject and everything that it points to. */
struct world {
	struct tspdm_negotiated negotiated;
	struct tspdm_identity identity;
	struct tspdm_measured measured;
	struct tspdm_snp_finding evidence, certificate_evidence;
	struct tspdm_subject subject;
	struct tspdm_verdict verdict;
	uint8_t record[128];
	uint8_t leaf[4];
	json_t *policy;
	bool has_no_policy;
};

static void make_finding(struct tspdm_snp_finding *f)
{
	struct tspdm_snp_report *r = &f->report;

	f->base.tee = TSPDM_TEE_SEV_SNP;
	f->base.anchor = TSPDM_ANCHOR_BUILTIN;
	snprintf(f->base.anchor_name, sizeof f->base.anchor_name, "ARK-Milan");
	memset(f->base.anchor_spki, 0x5A, sizeof f->base.anchor_spki);
	tspdm_checks_add(&f->base.checks, "report.signature", TSPDM_OK, "good");
	f->product = TSPDM_SNP_MILAN;
	f->product_name = "Milan";
	r->version = 3;
	r->policy = TSPDM_SNP_POLICY_RESERVED_ONE | TSPDM_SNP_POLICY_SMT | 0x011F;
	r->platform_info = TSPDM_SNP_PLATFORM_ALIAS_CHECK_COMPLETE;
	r->reserved_is_zero = true;
	r->guest_svn = 7;
	memset(r->measurement, 0x11, sizeof r->measurement);
	memset(r->host_data, 0x22, sizeof r->host_data);
	memset(r->id_key_digest, 0x33, sizeof r->id_key_digest);
	memset(r->chip_id, 0x44, sizeof r->chip_id);
	memset(r->report_id, 0x55, sizeof r->report_id);
	f->reported = (struct tspdm_snp_tcb){ .bootloader = 4, .tee = 0, .snp = 24, .microcode = 219 };
	f->launch = f->current = f->committed = f->reported;
	tspdm_claims_bytes(&f->base.claims, "measurement", (struct tspdm_view){ r->measurement, 48 });
	tspdm_claims_flags(&f->base.claims, "policy", r->policy);
	tspdm_claims_number(&f->base.claims, "vmpl", 0);
	tspdm_claims_null(&f->base.claims, "launch_mit_vector");
}

static json_t *make_policy(void)
{
	static const char text[] =
		"{ 'version': 1, 'anchors': { 'snp': ['builtin'], 'standin': [] }, 'accept': [ { 'tee': 'sev-snp',"
		"  'product': ['Milan'], 'measurement': 'any', 'min_tcb': { 'Milan': { 'bootloader': 4, 'tee': 0, "
		"'snp': 24,"
		"  'microcode': 219 } }, 'policy': { 'debug': false, 'migrate_ma': false, 'smt': true }, 'vmpl': [0],"
		"  'host_data': 'any', 'signer': ['vcek'], 'require_crl': false } ],"
		"  'binding': { 'certificate': 'required', 'measurement': 'required' } }";
	char copy[sizeof text];

	for (size_t i = 0; i < sizeof text; i++)
		copy[i] = text[i] == '\'' ? '"' : text[i];
	return json_loads(copy, 0, NULL);
}

static void make_record(struct world *w)
{
	static const uint8_t head[] = { 1, 1, 0x33, 0, 0x01, 0x30, 0 };
	static const uint8_t raw[] = { 2, 1, 5, 0, 0x81, 2, 0, 0xAB, 0xCD };

	memcpy(w->record, head, sizeof head);
	memset(w->record + sizeof head, 0x66, 48);
	memcpy(w->record + sizeof head + 48, raw, sizeof raw);
	w->measured.record = (struct tspdm_view){ w->record, sizeof head + 48 + sizeof raw };
}

static int make_world(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	assert_non_null(w);
	w->negotiated = (struct tspdm_negotiated){ .version = TSPDM_V12,
		.asym = TSPDM_ASYM_ECDSA_P384,
		.hash = TSPDM_HASH_SHA384,
		.measurement_hash = TSPDM_MEASUREMENT_HASH(TSPDM_HASH_SHA384) };
	w->identity = (struct tspdm_identity){
		.is_authenticated = true, .leaf = { w->leaf, sizeof w->leaf }, .spki = { w->leaf, sizeof w->leaf }
	};
	w->measured.is_verified = true;
	make_record(w);
	make_finding(&w->evidence);
	make_finding(&w->certificate_evidence);
	w->subject = (struct tspdm_subject){ .name = "tcp://127.0.0.1:4194",
		.negotiated = &w->negotiated,
		.identity = &w->identity,
		.measured = &w->measured,
		.evidence = &w->evidence,
		.certificate_evidence = &w->certificate_evidence,
		.evidence_wanted = true,
		.time = 1700000000 };
	tspdm_checks_add(&w->subject.binding, "binding.certificate", TSPDM_OK, "bound");
	tspdm_checks_add(&w->subject.binding, "binding.measurement", TSPDM_OK, "bound");
	w->policy = make_policy();
	assert_non_null(w->policy);
	*state = w;
	return 0;
}

static int drop_world(void **state)
{
	struct world *w = *state;

	json_decref(w->policy);
	free(w);
	return 0;
}

static void appraise(struct world *w)
{
	struct tspdm_policy *policy = NULL;
	char why[256] = "", *text = json_dumps(w->policy, 0);

	if (!w->has_no_policy && tspdm_policy_read((struct tspdm_view){ (const uint8_t *)text, strlen(text) }, &policy,
					 why, sizeof why) != TSPDM_OK)
		fail_msg("%s", why);
	free(text);
	memset(&w->verdict, 0xFF, sizeof w->verdict);
	tspdm_appraise(policy, &w->subject, &w->verdict);
	tspdm_policy_free(policy);
}

/* The first accept entry. */
static json_t *entry(struct world *w)
{
	return json_array_get(json_object_get(w->policy, "accept"), 0);
}

static void set(json_t *object, const char *key, const char *value)
{
	assert_int_equal(json_object_set_new(object, key, json_loads(value, JSON_DECODE_ANY, NULL)), 0);
}

static void spdm_policy(struct world *w, const char *value)
{
	set(w->policy, "spdm", value);
}

/* ---- What is accepted ---- */

static void a_subject_that_fits_is_accepted(void **state)
{
	struct world *w = *state;

	appraise(w);
	assert_int_equal(w->verdict.kind, TSPDM_VERDICT_ACCEPT);
	assert_int_equal(w->verdict.status, TSPDM_OK);
	assert_int_equal(w->verdict.entry, 0);
}

static void standin_change(struct world *w)
{
	w->evidence.base.anchor = TSPDM_ANCHOR_STANDIN;
	set(json_object_get(w->policy, "anchors"), "standin", "[\"builtin\"]");
}

static void unanchored_is_fine(struct world *w)
{
	w->identity.is_anchored = false;
}

static void signed_measurements_only(struct world *w)
{
	w->identity.is_authenticated = false;
}

static void certificate_only(struct world *w)
{
	w->subject.evidence = NULL;
	w->subject.binding.count = 1;
	set(json_object_get(w->policy, "binding"), "measurement", "\"optional\"");
}

static void pinned_root(struct world *w)
{
	w->evidence.base.anchor = TSPDM_ANCHOR_CONFIGURED;
	set(json_object_get(w->policy, "anchors"), "snp",
		"[\"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"]");
}

static void plain_device(struct world *w)
{
	w->subject.evidence = w->subject.certificate_evidence = NULL;
	w->subject.binding.count = 0;
	w->subject.evidence_wanted = false;
	w->identity.is_anchored = true;
}

static void bare(struct world *w)
{
	w->subject.negotiated = NULL;
	w->subject.identity = NULL;
	w->subject.measured = NULL;
	w->subject.certificate_evidence = NULL;
	w->subject.binding.count = 0;
}

static void bare_with_report_data(struct world *w)
{
	bare(w);
	tspdm_checks_add(&w->subject.binding, "binding.report_data", TSPDM_OK, "as given");
}

static void provisional_allowed(struct world *w)
{
	w->evidence.report.current_tcb = 1;
	set(entry(w), "allow_provisional", "true");
}

static void good_block(struct world *w)
{
	spdm_policy(w, "{\"versions\": [\"1.1\", \"1.2\"], \"asym\": [\"ecdsa-p384\"], \"hash\": [\"sha384\"],"
		       "\"measurements\": [{\"index\": 1, \"digest\": "
		       "[\"66666666666666666666666666666666666666666666666666666666666666666666666666666666666666666666"
		       "6666\"]}]}");
}

struct change {
	const char *name;
	void (*apply)(struct world *w);
	enum tspdm_verdict_kind kind;
	enum tspdm_status status;
	const char *reason; /* in the verdict's reason */
};

static void run(struct world *proto, const struct change *changes, size_t count)
{
	(void)proto;
	for (size_t i = 0; i < count; i++) {
		const struct change *c = &changes[i];
		struct world *w;

		make_world((void **)&w);
		c->apply(w);
		appraise(w);
		if (w->verdict.kind != c->kind || w->verdict.status != c->status ||
			strstr(w->verdict.reason, c->reason) == NULL)
			fail_msg("%s: %s, %s: %s", c->name, tspdm_verdict_name(w->verdict.kind),
				tspdm_status_name(w->verdict.status), w->verdict.reason);
		drop_world((void **)&w);
	}
}

#define GOOD(change)                                                                                                   \
	{                                                                                                              \
#change, change, TSPDM_VERDICT_ACCEPT, TSPDM_OK, ""                                                    \
	}
#define REMARK(change, reason)                                                                                         \
	{                                                                                                              \
#change, change, TSPDM_VERDICT_WARN, TSPDM_OK, reason                                                  \
	}
#define BAD(change, status, reason)                                                                                    \
	{                                                                                                              \
#change, change, TSPDM_VERDICT_REJECT, status, reason                                                  \
	}

static void what_the_policy_allows_is_accepted(void **state)
{
	static const struct change changes[] = {
		GOOD(unanchored_is_fine),
		GOOD(signed_measurements_only),
		GOOD(certificate_only),
		GOOD(pinned_root),
		GOOD(plain_device),
		GOOD(bare_with_report_data),
		GOOD(provisional_allowed),
		GOOD(good_block),
		REMARK(standin_change, "not hardware"),
		REMARK(bare, "bound to nothing"),
	};

	run(*state, changes, COUNT(changes));
}

/* ---- What is refused ---- */

static void no_policy(struct world *w)
{
	w->has_no_policy = true;
}

static void not_genuine(struct world *w)
{
	w->evidence.base.status = TSPDM_ERR_EVIDENCE_SIGNATURE;
	tspdm_checks_add(&w->evidence.base.checks, "report.signature", TSPDM_ERR_EVIDENCE_SIGNATURE, "flipped");
}

static void not_genuine_without_policy(struct world *w)
{
	not_genuine(w);
	no_policy(w);
}

static void status_outvotes_checks(struct world *w)
{
	w->evidence.base.status = TSPDM_ERR_EVIDENCE_HWID;
}

static void no_checks_at_all(struct world *w)
{
	w->evidence.base.checks.count = 0;
}

static void certificate_evidence_not_genuine(struct world *w)
{
	w->certificate_evidence.base.status = TSPDM_ERR_EVIDENCE_SOFT;
}

static void missing_evidence(struct world *w)
{
	w->subject.evidence = w->subject.certificate_evidence = NULL;
	w->subject.binding.count = 0;
}

static void nobody_authenticated(struct world *w)
{
	w->identity.is_authenticated = false;
	w->measured.is_verified = false;
}

static void no_identity(struct world *w)
{
	w->subject.identity = NULL;
}

static void plain_device_unanchored(struct world *w)
{
	plain_device(w);
	w->identity.is_anchored = false;
}

static void plain_device_without_identity(struct world *w)
{
	plain_device(w);
	w->subject.identity = NULL;
}

static void nothing_at_all(struct world *w)
{
	bare(w);
	w->subject.evidence = NULL;
	w->subject.evidence_wanted = false;
}

static void replayed(struct world *w)
{
	w->subject.binding.count = 1;
	tspdm_checks_add(&w->subject.binding, "binding.measurement", TSPDM_ERR_EVIDENCE_NONCE, "another nonce");
}

static void other_key(struct world *w)
{
	w->subject.binding.count = 0;
	tspdm_checks_add(
		&w->subject.binding, "binding.certificate", TSPDM_ERR_EVIDENCE_KEY, "not the key in the quote");
}

static void certificate_binding_missing(struct world *w)
{
	w->subject.binding.items[0] = w->subject.binding.items[1];
	w->subject.binding.count = 1;
}

static void measurement_binding_missing(struct world *w)
{
	w->subject.binding.count = 1;
}

static void measurement_binding_skipped(struct world *w)
{
	w->subject.binding.count = 1;
	tspdm_checks_skip(&w->subject.binding, "binding.measurement", "not asked");
}

static void nothing_bound_though_none_required(struct world *w)
{
	w->subject.binding.count = 0;
	set(w->policy, "binding", "{\"certificate\": \"none\", \"measurement\": \"none\"}");
}

static void unbound_on_optional_evidence(struct world *w)
{
	nothing_bound_though_none_required(w);
	w->subject.evidence_wanted = false;
	w->identity.is_anchored = true;
}

static void failed_binding_though_none_required(struct world *w)
{
	replayed(w);
	set(w->policy, "binding", "{\"certificate\": \"none\", \"measurement\": \"none\"}");
}

static void other_chip(struct world *w)
{
	w->certificate_evidence.report.chip_id[5] ^= 1;
}

static void other_guest(struct world *w)
{
	w->certificate_evidence.report.report_id[5] ^= 1;
}

static void wrong_report_data(struct world *w)
{
	bare(w);
	tspdm_checks_add(&w->subject.binding, "binding.report_data", TSPDM_ERR_EVIDENCE_NONCE, "differs");
}

static void too_many_checks(struct world *w)
{
	for (unsigned i = 0; i < TSPDM_CHECKS_MAX; i++)
		tspdm_checks_add(&w->evidence.base.checks, "filler", TSPDM_OK, "x");
}

static void standin_not_allowed(struct world *w)
{
	w->evidence.base.anchor = TSPDM_ANCHOR_STANDIN;
}

/* Its root key is public, so a pin on it is no anchor. */
static void standin_pinned(struct world *w)
{
	pinned_root(w);
	w->evidence.base.anchor = TSPDM_ANCHOR_STANDIN;
}

static void configured_root_not_allowed(struct world *w)
{
	w->evidence.base.anchor = TSPDM_ANCHOR_CONFIGURED;
}

static void no_anchor(struct world *w)
{
	w->evidence.base.anchor = TSPDM_ANCHOR_NONE;
}

static void debug_guest(struct world *w)
{
	w->evidence.report.policy |= TSPDM_SNP_POLICY_DEBUG;
	w->subject.certificate_evidence = NULL;
}

static void migration(struct world *w)
{
	w->evidence.report.policy |= TSPDM_SNP_POLICY_MIGRATE_MA;
	w->subject.certificate_evidence = NULL;
}

static void no_smt_wanted(struct world *w)
{
	set(json_object_get(entry(w), "policy"), "smt", "false");
}

static void cxl_not_named(struct world *w)
{
	w->evidence.report.policy |= TSPDM_SNP_POLICY_CXL;
	w->subject.certificate_evidence = NULL;
}

static void single_socket_wanted(struct world *w)
{
	set(json_object_get(entry(w), "policy"), "single_socket", "true");
}

static void newer_abi_wanted(struct world *w)
{
	set(json_object_get(entry(w), "policy"), "min_abi", "\"1.51\"");
}

static void other_measurement(struct world *w)
{
	set(entry(w), "measurement",
		"[\"abababababababababababababababababababababababababababababababababababababababababababababababab\""
		"]");
}

static void other_host_data(struct world *w)
{
	set(entry(w), "host_data", "[\"0000000000000000000000000000000000000000000000000000000000000000\"]");
}

static void other_product(struct world *w)
{
	set(entry(w), "product", "[\"Genoa\"]");
	set(entry(w), "min_tcb", "\"any\"");
}

static void unknown_product(struct world *w)
{
	w->evidence.product = TSPDM_SNP_UNKNOWN;
	set(entry(w), "product", "\"any\"");
	set(entry(w), "min_tcb", "\"any\"");
}

static void old_microcode(struct world *w)
{
	w->evidence.reported.microcode--;
}

/* As a number it would be larger. */
static void one_component_lower_another_higher(struct world *w)
{
	w->evidence.reported.snp--;
	w->evidence.reported.microcode = 255;
}

static void old_launch_tcb(struct world *w)
{
	w->evidence.launch.snp = 3;
	set(entry(w), "min_launch_tcb", "{\"Milan\": {\"bootloader\": 4, \"tee\": 0, \"snp\": 4, \"microcode\": 0}}");
}

static void provisional(struct world *w)
{
	w->evidence.report.current_tcb = 1;
}

static void other_vmpl(struct world *w)
{
	w->evidence.report.vmpl = 1;
}

static void host_requested(struct world *w)
{
	w->evidence.report.vmpl = UINT32_MAX;
	set(entry(w), "vmpl", "\"any\"");
}

static void vmpl_beyond_any_shift(struct world *w)
{
	w->evidence.report.vmpl = 32;
	set(entry(w), "vmpl", "\"any\"");
}

static void vlek_not_listed(struct world *w)
{
	w->evidence.report.signing_key = TSPDM_SNP_VLEK;
}

static void reserved_signer(struct world *w)
{
	w->evidence.report.signing_key = 7;
}

static void crl_wanted(struct world *w)
{
	set(entry(w), "require_crl", "true");
}

static void bit_must_be_set(struct world *w)
{
	set(entry(w), "platform_info", "{\"must_set\": [\"ecc\"]}");
}

static void bit_must_be_clear(struct world *w)
{
	set(entry(w), "platform_info", "{\"must_clear\": [\"alias_check_complete\"]}");
}

static void higher_svn_wanted(struct world *w)
{
	set(entry(w), "min_guest_svn", "8");
}

static void other_id_key(struct world *w)
{
	set(entry(w), "id_key_digest",
		"[\"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\""
		"]");
}

static void masked_chip(struct world *w)
{
	w->evidence.chip_id_masked = true;
	set(entry(w), "require_chip_id", "true");
}

static void csp_wanted(struct world *w)
{
	set(entry(w), "csp_id", "[\"CN=example\"]");
}

static void mitigation_wanted(struct world *w)
{
	set(entry(w), "current_mit_vector", "\"0x1\"");
}

static void no_entry(struct world *w)
{
	set(w->policy, "accept", "[]");
}

static void other_version(struct world *w)
{
	spdm_policy(w, "{\"versions\": [\"1.3\"]}");
}

static void other_algorithm(struct world *w)
{
	spdm_policy(w, "{\"asym\": [\"rsapss-3072\", \"ecdsa-p521\"]}");
}

static void other_hash(struct world *w)
{
	spdm_policy(w, "{\"hash\": [\"sha256\"]}");
}

#define BLOCK(index)                                                                                                   \
	"{\"measurements\": [{\"index\": " index ", \"digest\": "                                                      \
	"[\"0000000000000000000000000000000000000000000000000000000000000000\"]}]}"

static void other_digest(struct world *w)
{
	spdm_policy(w, BLOCK("1"));
}

static void raw_block(struct world *w)
{
	spdm_policy(w, BLOCK("2"));
}

static void absent_block(struct world *w)
{
	spdm_policy(w, BLOCK("3"));
}

static void unsigned_block(struct world *w)
{
	spdm_policy(w, BLOCK("1"));
	w->measured.is_verified = false;
}

static void no_measurements(struct world *w)
{
	spdm_policy(w, BLOCK("1"));
	w->subject.measured = NULL;
}

static void what_is_not_proved_is_refused(void **state)
{
	static const struct change changes[] = {
		BAD(no_policy, TSPDM_ERR_POLICY, "no policy given"),
		BAD(not_genuine, TSPDM_ERR_EVIDENCE_SIGNATURE, "report.signature: flipped"),
		BAD(not_genuine_without_policy, TSPDM_ERR_EVIDENCE_SIGNATURE, "report.signature"),
		BAD(status_outvotes_checks, TSPDM_ERR_EVIDENCE_HWID, "evidence"),
		BAD(no_checks_at_all, TSPDM_ERR_EVIDENCE_FORM, "evidence"),
		BAD(certificate_evidence_not_genuine, TSPDM_ERR_EVIDENCE_SOFT, "certificate.evidence"),
		BAD(missing_evidence, TSPDM_ERR_EVIDENCE_MISSING, "no TEE evidence"),
		BAD(nobody_authenticated, TSPDM_ERR_SIGNATURE, "has not proved that it holds the key"),
		BAD(no_identity, TSPDM_ERR_SIGNATURE, "no certificate chain"),
		BAD(plain_device_unanchored, TSPDM_ERR_CHAIN_UNTRUSTED, "no trust anchor"),
		BAD(plain_device_without_identity, TSPDM_ERR_SIGNATURE, "no certificate chain"),
		BAD(nothing_at_all, TSPDM_ERR_EVIDENCE_MISSING, ""),
		BAD(replayed, TSPDM_ERR_EVIDENCE_NONCE, "another nonce"),
		BAD(other_key, TSPDM_ERR_EVIDENCE_KEY, "not the key in the quote"),
		BAD(certificate_binding_missing, TSPDM_ERR_EVIDENCE_MISSING,
			"binding.certificate: the policy requires it"),
		BAD(measurement_binding_missing, TSPDM_ERR_EVIDENCE_MISSING,
			"binding.measurement: the policy requires it"),
		BAD(measurement_binding_skipped, TSPDM_ERR_EVIDENCE_MISSING,
			"binding.measurement: the policy requires it"),
		BAD(nothing_bound_though_none_required, TSPDM_ERR_EVIDENCE_KEY, "bound neither to the peer's key"),
		BAD(unbound_on_optional_evidence, TSPDM_ERR_EVIDENCE_KEY, "bound neither to the peer's key"),
		BAD(failed_binding_though_none_required, TSPDM_ERR_EVIDENCE_NONCE, "another nonce"),
		BAD(other_chip, TSPDM_ERR_EVIDENCE_KEY, "different chips"),
		BAD(other_guest, TSPDM_ERR_EVIDENCE_KEY, "different guests"),
		BAD(wrong_report_data, TSPDM_ERR_EVIDENCE_NONCE, "binding.report_data"),
		{ "too_many_checks", too_many_checks, TSPDM_VERDICT_ERROR, TSPDM_ERR_BUFFER, "" },
	};

	run(*state, changes, COUNT(changes));
}

static void what_the_policy_does_not_allow_is_refused_with_the_reason(void **state)
{
	static const struct change changes[] = {
		BAD(standin_not_allowed, TSPDM_ERR_POLICY, "does not allow the software TEE"),
		BAD(standin_pinned, TSPDM_ERR_POLICY, "does not allow the software TEE"),
		BAD(configured_root_not_allowed, TSPDM_ERR_POLICY, "policy.anchor: not among"),
		BAD(no_anchor, TSPDM_ERR_POLICY, "policy.anchor: not among"),
		BAD(debug_guest, TSPDM_ERR_POLICY, "policy.debug: accept[0]: the guest was started with DEBUG allowed"),
		BAD(migration, TSPDM_ERR_POLICY, "policy.migrate_ma: accept[0]: "),
		BAD(no_smt_wanted, TSPDM_ERR_POLICY, "SMT is allowed"),
		BAD(cxl_not_named, TSPDM_ERR_POLICY, "CXL memory is allowed"),
		BAD(single_socket_wanted, TSPDM_ERR_POLICY, "single socket"),
		BAD(newer_abi_wanted, TSPDM_ERR_POLICY, "demands ABI 1.31, at least 1.51"),
		BAD(other_measurement, TSPDM_ERR_POLICY,
			"policy.measurement: accept[0]: expected abababababababababababababababab..., seen 111111"),
		BAD(other_host_data, TSPDM_ERR_POLICY, "policy.host_data"),
		BAD(other_product, TSPDM_ERR_POLICY, "policy.product: accept[0]: Milan is not listed"),
		BAD(unknown_product, TSPDM_ERR_POLICY, "policy.product"),
		BAD(old_microcode, TSPDM_ERR_POLICY, "policy.tcb: accept[0]: wanted bootloader 4"),
		BAD(one_component_lower_another_higher, TSPDM_ERR_POLICY, "policy.tcb"),
		BAD(old_launch_tcb, TSPDM_ERR_POLICY, "policy.launch_tcb"),
		BAD(provisional, TSPDM_ERR_POLICY, "policy.provisional"),
		BAD(other_vmpl, TSPDM_ERR_POLICY, "policy.vmpl: accept[0]: VMPL 1 is not listed"),
		BAD(host_requested, TSPDM_ERR_POLICY, "the host asked for this report"),
		BAD(vmpl_beyond_any_shift, TSPDM_ERR_POLICY, "VMPL 32"),
		BAD(vlek_not_listed, TSPDM_ERR_POLICY, "signed by VLEK"),
		BAD(reserved_signer, TSPDM_ERR_POLICY, "policy.signer"),
		BAD(crl_wanted, TSPDM_ERR_COLLATERAL, "policy.revocation"),
		BAD(bit_must_be_set, TSPDM_ERR_POLICY, "must be set: ecc"),
		BAD(bit_must_be_clear, TSPDM_ERR_POLICY, "must be clear: alias_check_complete"),
		BAD(higher_svn_wanted, TSPDM_ERR_POLICY, "guest SVN 7, at least 8"),
		BAD(other_id_key, TSPDM_ERR_POLICY, "policy.id_key_digest"),
		BAD(masked_chip, TSPDM_ERR_POLICY, "masks CHIP_ID"),
		BAD(csp_wanted, TSPDM_ERR_POLICY, "expected CN=example, seen none"),
		BAD(mitigation_wanted, TSPDM_ERR_POLICY, "policy.mitigations"),
		BAD(no_entry, TSPDM_ERR_POLICY, "no accept entry"),
		BAD(other_version, TSPDM_ERR_POLICY, "policy.spdm.version: 1.2 is not listed"),
		BAD(other_algorithm, TSPDM_ERR_POLICY, "policy.spdm.asym: ecdsa-p384 is not listed"),
		BAD(other_hash, TSPDM_ERR_POLICY, "policy.spdm.hash: sha384 is not listed"),
		BAD(other_digest, TSPDM_ERR_POLICY, "block 1: expected 0000"),
		BAD(raw_block, TSPDM_ERR_POLICY, "block 2 is raw"),
		BAD(absent_block, TSPDM_ERR_POLICY, "block 3 is not among"),
		BAD(unsigned_block, TSPDM_ERR_POLICY, "no signed measurements"),
		BAD(no_measurements, TSPDM_ERR_POLICY, "no signed measurements"),
	};

	run(*state, changes, COUNT(changes));
}

/* ---- Several entries ---- */

static void the_first_matching_entry_wins(void **state)
{
	struct world *w = *state;
	json_t *accept = json_object_get(w->policy, "accept");

	json_array_append_new(accept, json_deep_copy(entry(w)));
	json_array_append_new(accept, json_deep_copy(entry(w)));
	other_measurement(w);
	appraise(w);
	assert_int_equal(w->verdict.kind, TSPDM_VERDICT_ACCEPT);
	assert_int_equal(w->verdict.entry, 1);
	assert_int_equal(tspdm_checks_find(&w->verdict.checks, "policy.measurement")->result, TSPDM_CHECK_OK);
}

static void the_entry_that_failed_last_is_told_with_each_reason(void **state)
{
	struct world *w = *state;
	json_t *accept = json_object_get(w->policy, "accept");
	const struct tspdm_check *all;

	json_array_append_new(accept, json_deep_copy(entry(w)));
	other_measurement(w);
	set(json_array_get(accept, 1), "vmpl", "[3]");
	set(json_array_get(accept, 1), "signer", "[\"vlek\"]");
	appraise(w);
	assert_int_equal(w->verdict.kind, TSPDM_VERDICT_REJECT);
	assert_int_equal(w->verdict.entry, -1);
	assert_non_null(strstr(w->verdict.reason, "policy.vmpl: accept[1]"));
	assert_int_equal(tspdm_checks_find(&w->verdict.checks, "policy.signer")->result, TSPDM_CHECK_FAILED);
	all = tspdm_checks_find(&w->verdict.checks, "policy.accept");
	assert_non_null(all);
	assert_string_equal(all->detail, "accept[0]: policy.measurement; accept[1]: policy.vmpl, policy.signer");
}

static void values_of_several_entries_are_not_mixed(void **state)
{
	struct world *w = *state;
	json_t *accept = json_object_get(w->policy, "accept");

	json_array_append_new(accept, json_deep_copy(entry(w)));
	other_measurement(w);
	set(json_array_get(accept, 1), "vmpl", "[3]");
	appraise(w);
	assert_int_equal(w->verdict.kind, TSPDM_VERDICT_REJECT);
}

/* ---- The verdict itself ---- */

static void zeroed_memory_is_no_acceptance(void **state)
{
	struct world *w = *state;
	char *json;

	memset(&w->verdict, 0, sizeof w->verdict);
	assert_string_equal(tspdm_verdict_name(w->verdict.kind), "error");
	assert_int_equal(tspdm_verdict_json(&w->subject, &w->verdict, &json), TSPDM_OK);
	assert_non_null(strstr(json, "\"verdict\":\"error\",\"status\":1,"));
	free(json);
	assert_string_equal(tspdm_verdict_name((enum tspdm_verdict_kind)99), "error");
}

/* Every key, of every level that programs may rely on. */
static void check_complete(const char *text)
{
	static const struct {
		const char *object;
		const char *keys[13];
	} rows[] = {
		{ NULL, { "schema", "subject", "verdict", "status", "reason", "spdm", "identity", "evidence", "tcb",
				"binding", "checks", "time" } },
		{ "spdm", { "version", "algorithms", "slot", "measurements", "measurements_signed" } },
		{ "identity", { "subject", "key_sha256", "certificate_sha256", "authenticated", "anchored" } },
		{ "evidence", { "tee", "anchor", "claims" } },
		{ "tcb", { "status", "date", "advisories", "evaluation_number" } },
		{ "binding", { "certificate", "measurement", "session", "report_data", "nonce" } },
	};
	json_t *root = json_loads(text, 0, NULL);

	assert_non_null(root);
	assert_null(strchr(text, '\n'));
	for (size_t i = 0; i < COUNT(rows); i++) {
		const json_t *object = rows[i].object == NULL ? root : json_object_get(root, rows[i].object);
		size_t count = 0;

		for (; count < COUNT(rows[i].keys) && rows[i].keys[count] != NULL; count++)
			if (json_object_get(object, rows[i].keys[count]) == NULL)
				fail_msg("%s: no %s", rows[i].object, rows[i].keys[count]);
		assert_int_equal(json_object_size(object), count);
	}
	json_decref(root);
}

static void the_json_is_complete_also_when_there_is_nothing(void **state)
{
	struct world *w = *state;
	struct tspdm_subject nothing = { .name = "bad \xff name" };
	char *json;

	appraise(w);
	assert_int_equal(tspdm_verdict_json(&w->subject, &w->verdict, &json), TSPDM_OK);
	check_complete(json);
	free(json);
	tspdm_appraise(NULL, &nothing, &w->verdict);
	assert_int_equal(tspdm_verdict_json(&nothing, &w->verdict, &json), TSPDM_OK);
	check_complete(json);
	assert_non_null(strstr(json, "\"subject\":\"bad ? name\""));
	assert_non_null(strstr(json, "\"evidence\":{\"tee\":null,\"anchor\":null,\"claims\":null}"));
	free(json);
}

static void the_json_says_what_was_found(void **state)
{
	static const char *const parts[] = {
		"\"schema\":\"tspdm.verdict/1\"",
		"\"verdict\":\"accept\",\"status\":0,",
		"\"version\":\"1.2\"",
		"\"algorithms\":{\"asym\":\"ecdsa-p384\",\"hash\":\"sha384\",\"measurement_hash\":\"sha384\"}",
		"\"index\":1,\"type\":1,\"name\":\"mutable firmware\",\"digest\":\"6666",
		"\"index\":2,\"type\":1,\"name\":\"mutable firmware\",\"digest\":null,\"raw\":\"abcd\"",
		"\"tee\":\"sev-snp\"",
		"\"kind\":\"hardware\",\"name\":\"ARK-Milan\"",
		"\"policy\":\"0x3011f\"",
		"\"vmpl\":0,\"launch_mit_vector\":null",
		"\"certificate\":\"ok\",\"measurement\":\"ok\",\"session\":\"none\",\"report_data\":\"none\"",
		"{\"name\":\"report.signature\",\"result\":\"ok\",\"detail\":\"good\"}",
		"\"time\":\"2023-11-14T22:13:20Z\"",
	};
	struct world *w = *state;
	char *json;

	appraise(w);
	assert_int_equal(tspdm_verdict_json(&w->subject, &w->verdict, &json), TSPDM_OK);
	for (size_t i = 0; i < COUNT(parts); i++)
		if (strstr(json, parts[i]) == NULL)
			fail_msg("no %s in %s", parts[i], json);
	free(json);
}

/* ---- The suggestion ---- */

static void suggestion_accepts(struct world *w, const char *name)
{
	uint8_t room[8192];
	struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };
	json_t *policy;

	assert_int_equal(tspdm_policy_suggest(&w->subject, &out), TSPDM_OK);
	policy = json_loadb((const char *)room, out.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(policy);
	json_decref(w->policy);
	w->policy = policy;
	appraise(w);
	if (w->verdict.status != TSPDM_OK)
		fail_msg("%s: %s", name, w->verdict.reason);
}

static void unchanged(struct world *w)
{
	(void)w;
}

static void turin(struct world *w)
{
	w->subject.certificate_evidence = NULL;
	w->subject.binding.count = 0;
	tspdm_checks_add(&w->subject.binding, "binding.measurement", TSPDM_OK, "bound");
	w->evidence.product = TSPDM_SNP_TURIN;
	w->evidence.reported.has_fmc = true;
	w->evidence.reported.fmc = 1;
}

static void the_suggested_policy_accepts_the_subject(void **state)
{
	static const struct change changes[] = {
		GOOD(unchanged),
		GOOD(turin),
		GOOD(certificate_only),
		GOOD(pinned_root),
		GOOD(plain_device),
		GOOD(bare),
		GOOD(debug_guest),
		GOOD(migration),
		GOOD(cxl_not_named),
		GOOD(provisional),
		GOOD(standin_not_allowed),
		GOOD(vlek_not_listed),
		GOOD(other_vmpl),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		struct world *w;

		make_world((void **)&w);
		changes[i].apply(w);
		if (changes[i].apply != certificate_only && changes[i].apply != turin &&
			w->subject.certificate_evidence != NULL)
			w->certificate_evidence = w->evidence;
		suggestion_accepts(w, changes[i].name);
		drop_world((void **)&w);
	}
}

/* The values of one subject do not accept another. */
static void the_suggested_policy_accepts_nobody_else(void **state)
{
	struct world *w = *state;

	suggestion_accepts(w, "unchanged");
	w->evidence.report.measurement[47] ^= 1;
	w->certificate_evidence.report.measurement[47] ^= 1;
	appraise(w);
	assert_int_equal(w->verdict.kind, TSPDM_VERDICT_REJECT);
	w->evidence.report.measurement[47] ^= 1;
	w->certificate_evidence.report.measurement[47] ^= 1;
	w->record[20] ^= 1;
	appraise(w);
	assert_int_equal(w->verdict.kind, TSPDM_VERDICT_REJECT);
}

static void there_is_no_suggestion_for_what_is_not_genuine(void **state)
{
	struct world *w = *state;
	uint8_t room[16];
	struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };

	assert_int_equal(tspdm_policy_suggest(&w->subject, &out), TSPDM_ERR_BUFFER);
	assert_true(out.len > 100);
	not_genuine(w);
	assert_int_equal(tspdm_policy_suggest(&w->subject, &out), TSPDM_ERR_EVIDENCE_SIGNATURE);
	missing_evidence(w);
	assert_int_equal(tspdm_policy_suggest(&w->subject, &out), TSPDM_ERR_EVIDENCE_MISSING);
}

/* ---- Exit statuses ---- */

#define VALUE(name, value, text) (enum tspdm_status)(value),

static void each_status_has_the_exit_status_of_its_class(void **state)
{
	static const enum tspdm_status all[] = { TSPDM_STATUS_ROWS(VALUE) };
	static const int by_hundred[] = { 0, 1, 1, 4, 4, 4, 5, 6, 7, 3 };
	static const struct {
		enum tspdm_status status;
		int exit_status;
	} special[] = {
		{ TSPDM_AGAIN, 1 },
		{ TSPDM_ERR_TIMEOUT, 3 },
		{ TSPDM_ERR_POLICY_FORM, 2 },
		{ TSPDM_ERR_ENDPOINT, 2 },
		{ TSPDM_ERR_COLLATERAL, 8 },
		{ TSPDM_ERR_REVOKED, 8 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		int expected = by_hundred[-(int)all[i] / 100];

		for (size_t j = 0; j < COUNT(special); j++)
			if (special[j].status == all[i])
				expected = special[j].exit_status;
		if (tspdm_exit_status(all[i]) != expected)
			fail_msg("%s: %d", tspdm_status_name(all[i]), tspdm_exit_status(all[i]));
	}
	assert_int_equal(tspdm_exit_status((enum tspdm_status) - 12345), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, drop_world)
	const struct CMUnitTest tests[] = {
		TEST(a_subject_that_fits_is_accepted),
		TEST(what_the_policy_allows_is_accepted),
		TEST(what_is_not_proved_is_refused),
		TEST(what_the_policy_does_not_allow_is_refused_with_the_reason),
		TEST(the_first_matching_entry_wins),
		TEST(the_entry_that_failed_last_is_told_with_each_reason),
		TEST(values_of_several_entries_are_not_mixed),
		TEST(zeroed_memory_is_no_acceptance),
		TEST(the_json_is_complete_also_when_there_is_nothing),
		TEST(the_json_says_what_was_found),
		TEST(the_suggested_policy_accepts_the_subject),
		TEST(the_suggested_policy_accepts_nobody_else),
		TEST(there_is_no_suggestion_for_what_is_not_genuine),
		TEST(each_status_has_the_exit_status_of_its_class),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
