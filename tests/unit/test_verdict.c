/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Appraisal: each case is a subject that a policy accepts, with one change to either. */
#include "verdict_world.h"

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

static const struct tspdm_session_info session_by_key = { .id = 1, .is_psk = true }, session_by_chain = { .id = 1 };

/* A device that has no certificates, so that it signs nothing. */
static void device_with_key(struct world *w)
{
	plain_device(w);
	w->measured.is_verified = false;
	w->subject.identity = NULL;
	w->subject.session = &session_by_key;
}

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

/* ---- The session ---- */

static void session_demanded(struct world *w)
{
	set(w->policy, "binding",
		"{\"certificate\": \"required\", \"measurement\": \"none\", \"session\": \"required\", \"max_age_s\": "
		"60}");
}

static void session_bound(struct world *w)
{
	session_demanded(w);
	w->subject.session_evidence.snp = &w->evidence;
	w->subject.evidence.snp = NULL;
	w->subject.binding.count = 1;
	w->subject.evidence_age_s = 60;
	tspdm_checks_add(&w->subject.binding, "binding.session", TSPDM_OK, "bound");
}

static void session_still_to_come(struct world *w)
{
	session_demanded(w);
	w->subject.is_preliminary = true;
}

static void session_without_evidence(struct world *w)
{
	session_demanded(w);
	tspdm_checks_skip(&w->subject.binding, "binding.session", "none is shown");
}

static void session_relayed(struct world *w)
{
	session_bound(w);
	w->subject.binding.count = 1;
	tspdm_checks_add(&w->subject.binding, "binding.session", TSPDM_ERR_EVIDENCE_NONCE, "made elsewhere");
}

static void session_relayed_though_not_demanded(struct world *w)
{
	session_relayed(w);
	set(w->policy, "binding", "{\"certificate\": \"none\", \"measurement\": \"none\"}");
}

static void session_evidence_of_another_chip(struct world *w)
{
	session_bound(w);
	w->certificate_evidence.report.chip_id[5] ^= 1;
}

static void measurement_evidence_of_another_guest(struct world *w)
{
	session_bound(w);
	w->subject.evidence.snp = &w->certificate_evidence;
	w->subject.certificate_evidence.snp = NULL;
	w->certificate_evidence.report.report_id[5] ^= 1;
}

static void session_evidence_too_old(struct world *w)
{
	session_bound(w);
	w->subject.evidence_age_s = 61;
}

static void evidence_of_unknown_age(struct world *w)
{
	set(w->policy, "binding", "{\"certificate\": \"required\", \"measurement\": \"none\", \"max_age_s\": 60}");
	w->subject.binding.count = 1;
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
		GOOD(session_bound),
		GOOD(session_still_to_come),
		GOOD(pinned_root),
		GOOD(plain_device),
		GOOD(device_with_key),
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

static void session_without_key(struct world *w)
{
	device_with_key(w);
	w->subject.session = &session_by_chain;
}

static void key_where_evidence_is_wanted(struct world *w)
{
	device_with_key(w);
	w->subject.evidence_wanted = true;
}

static void key_beside_evidence(struct world *w)
{
	w->subject.identity = NULL;
	w->subject.session = &session_by_key;
	w->subject.evidence_wanted = false;
}

static void key_beside_an_unproved_chain(struct world *w)
{
	plain_device(w);
	nobody_authenticated(w);
	w->subject.session = &session_by_key;
}

static void key_without_policy(struct world *w)
{
	device_with_key(w);
	no_policy(w);
}

static void key_and_unsigned_block(struct world *w)
{
	good_block(w);
	device_with_key(w);
}

static void nothing_at_all(struct world *w)
{
	bare(w);
	w->subject.evidence.snp = NULL;
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

static void no_smt_wanted(struct world *w)
{
	set(json_object_get(entry(w), "policy"), "smt", "false");
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
		BAD(session_without_key, TSPDM_ERR_SIGNATURE, "no certificate chain"),
		BAD(key_where_evidence_is_wanted, TSPDM_ERR_SIGNATURE, "no certificate chain"),
		BAD(key_beside_evidence, TSPDM_ERR_SIGNATURE, "no certificate chain"),
		BAD(key_beside_an_unproved_chain, TSPDM_ERR_SIGNATURE, "has not proved that it holds the key"),
		BAD(key_without_policy, TSPDM_ERR_POLICY, "no policy given"),
		BAD(key_and_unsigned_block, TSPDM_ERR_POLICY, "spdm"),
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
		BAD(session_demanded, TSPDM_ERR_EVIDENCE_MISSING, "binding.session: the policy requires it"),
		BAD(session_without_evidence, TSPDM_ERR_EVIDENCE_MISSING, "binding.session: the policy requires it"),
		BAD(session_relayed, TSPDM_ERR_EVIDENCE_NONCE, "made elsewhere"),
		BAD(session_relayed_though_not_demanded, TSPDM_ERR_EVIDENCE_NONCE, "made elsewhere"),
		BAD(session_evidence_of_another_chip, TSPDM_ERR_EVIDENCE_KEY, "different chips"),
		BAD(measurement_evidence_of_another_guest, TSPDM_ERR_EVIDENCE_KEY,
			"measurement's are of different guests"),
		BAD(session_evidence_too_old, TSPDM_ERR_POLICY, "policy.age: up to 61 seconds old"),
		BAD(evidence_of_unknown_age, TSPDM_ERR_POLICY, "policy.age: no evidence answers a nonce"),
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
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
