/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * From a subject to a verdict: verification, binding and policy, each as a list of checks. The verdict is zero (error)
 * until every check ran, and only a subject without a single failure leaves here as accepted. */
#include <stdio.h>
#include <string.h>

#include "policy.h"
#include "text.h"

struct context {
	const struct tspdm_policy *policy;
	const struct tspdm_subject *subject;
	const struct tspdm_found *found;      /* the fresh evidence, else the certificate's; empty: none */
	const struct tspdm_finding *evidence; /* what it has in common; NULL: none */
	struct tspdm_verdict *out;
	bool has_remark; /* accepted, but with something to be said */
};

const char *tspdm_verdict_name(enum tspdm_verdict_kind kind)
{
	static const char *const names[] = { "error", "reject", "warn", "accept" };

	return (unsigned)kind < sizeof names / sizeof names[0] ? names[kind] : names[0];
}

static void copy_checks(struct tspdm_checks *to, const struct tspdm_checks *from)
{
	for (unsigned i = 0; i < from->count && i < TSPDM_CHECKS_MAX; i++) {
		if (to->count < TSPDM_CHECKS_MAX)
			to->items[to->count++] = from->items[i];
		else
			to->lost++;
	}
	to->lost += from->lost + (from->count > TSPDM_CHECKS_MAX ? 1 : 0);
}

static bool is_failure(const struct tspdm_check *check)
{
	return check->result != TSPDM_CHECK_OK && check->result != TSPDM_CHECK_SKIPPED;
}

static const struct tspdm_check *first_failure(const struct tspdm_checks *checks)
{
	for (unsigned i = 0; i < checks->count && i < TSPDM_CHECKS_MAX; i++)
		if (is_failure(&checks->items[i]))
			return &checks->items[i];
	return NULL;
}

static bool check_passed(const struct tspdm_checks *checks, const char *name)
{
	const struct tspdm_check *check = tspdm_checks_find(checks, name);

	return check != NULL && check->result == TSPDM_CHECK_OK;
}

static bool is_connection(const struct context *c)
{
	return c->subject->negotiated != NULL;
}

/* ---- Verification ---- */

/* A peer without certificates is who holds the pre-shared key. No evidence can be about it: there is no key to bind to. */
static bool is_known_by_psk(const struct context *c)
{
	const struct tspdm_session_info *session = c->subject->session;

	return c->subject->identity == NULL && c->evidence == NULL && !c->subject->evidence_wanted && session != NULL &&
	       session->is_psk;
}

/* Possession of the key: CHALLENGE_AUTH, or the signature of MEASUREMENTS. */
static void check_possession(struct context *c, const char *message)
{
	const struct tspdm_identity *identity = c->subject->identity;
	struct tspdm_checks *checks = &c->out->checks;

	if (message == NULL)
		tspdm_checks_add(checks, "spdm.signature", TSPDM_ERR_SIGNATURE,
			"the peer has not proved that it holds the key of its certificate");
	else if (identity->is_provisioned)
		tspdm_checks_add(checks, "spdm.signature", TSPDM_OK, "%s is signed by the provisioned key", message);
	else
		tspdm_checks_add(checks, "spdm.signature", TSPDM_OK, "%s is signed by the key of slot %u", message,
			identity->slot);
}

static void check_peer(struct context *c)
{
	const struct tspdm_identity *identity = c->subject->identity;
	const struct tspdm_measured *measured = c->subject->measured;

	if (!is_connection(c))
		return;
	if (c->subject->is_requester && identity == NULL)
		tspdm_checks_skip(&c->out->checks, "spdm.signature", "a requester is known by its evidence");
	else if (is_known_by_psk(c))
		tspdm_checks_add(&c->out->checks, "session.psk", TSPDM_OK,
			"the peer holds the pre-shared key, and has no certificates");
	else if (identity == NULL || (identity->leaf.len == 0 && !identity->is_provisioned))
		tspdm_checks_add(&c->out->checks, "spdm.signature", TSPDM_ERR_SIGNATURE,
			"the peer has shown no certificate chain");
	else if (identity->is_authenticated)
		check_possession(c, "CHALLENGE_AUTH");
	else
		check_possession(c, measured != NULL && measured->is_verified ? "MEASUREMENTS" : NULL);
}

/* A chain that ends nowhere is good enough only for a key that the evidence certifies. */
static void check_chain_anchor(struct context *c)
{
	const struct tspdm_identity *identity = c->subject->identity;
	struct tspdm_checks *checks = &c->out->checks;

	if (!is_connection(c) || identity == NULL)
		return;
	if (identity->is_provisioned)
		tspdm_checks_add(
			checks, "spdm.anchor", TSPDM_OK, "the key is the one that was provisioned for the peer");
	else if (identity->is_anchored)
		tspdm_checks_add(checks, "spdm.anchor", TSPDM_OK, "the certificate chain ends in a trust anchor");
	else if (c->evidence != NULL)
		tspdm_checks_skip(
			checks, "spdm.anchor", "the chain ends in no trust anchor; the evidence certifies its key");
	else
		tspdm_checks_add(checks, "spdm.anchor", TSPDM_ERR_CHAIN_UNTRUSTED,
			"the certificate chain ends in no trust anchor, and no evidence certifies its key; give its "
			"root with "
			"--trust");
}

/* Evidence beside the one that is judged: one line, so that names of checks stay unique. */
static void check_other_evidence(struct context *c, const char *name, const struct tspdm_found *found)
{
	const struct tspdm_finding *finding = tspdm_found_base(found);
	const struct tspdm_check *failure;

	if (finding == NULL || finding == c->evidence)
		return;
	failure = first_failure(&finding->checks);
	if (finding->status == TSPDM_OK && failure == NULL && finding->checks.count != 0)
		tspdm_checks_add(&c->out->checks, name, TSPDM_OK, "genuine");
	else
		tspdm_checks_add(&c->out->checks, name, finding->status < 0 ? finding->status : TSPDM_ERR_EVIDENCE_FORM,
			"%.360s",
			failure != NULL && failure->detail[0] != '\0' ? failure->detail
								      : tspdm_status_text(finding->status));
}

static void check_evidence(struct context *c)
{
	struct tspdm_checks *checks = &c->out->checks;
	unsigned before = checks->count;

	if (c->evidence == NULL && c->subject->evidence_wanted) {
		tspdm_checks_add(checks, "evidence", TSPDM_ERR_EVIDENCE_MISSING, "the peer shows no TEE evidence");
		return;
	}
	if (c->evidence == NULL) {
		tspdm_checks_skip(checks, "evidence", "no TEE evidence, and none is demanded");
		return;
	}
	copy_checks(checks, &c->evidence->checks);
	/* Checks that all passed do not outvote a finding that says otherwise, nor does a finding without checks pass.
	 */
	if (checks->count == before ||
		(c->evidence->status != TSPDM_OK && tspdm_checks_status(&c->evidence->checks) == TSPDM_OK))
		tspdm_checks_add(checks, "evidence",
			c->evidence->status != TSPDM_OK ? c->evidence->status : TSPDM_ERR_EVIDENCE_FORM, "%s",
			tspdm_status_text(c->evidence->status));
	check_other_evidence(c, "measurement.evidence", &c->subject->evidence);
	check_other_evidence(c, "certificate.evidence", &c->subject->certificate_evidence);
}

static bool is_genuine(const struct context *c)
{
	return c->evidence != NULL && c->evidence->status == TSPDM_OK;
}

/* ---- Binding ---- */

static const char *difference_to(const struct context *c, const struct tspdm_found *other)
{
	if (c->evidence == NULL || tspdm_found_base(other) == NULL || tspdm_found_base(other) == c->evidence)
		return NULL;
	return tspdm_found_difference(c->found, other);
}

static bool has_other_evidence(const struct context *c)
{
	const struct tspdm_finding *fresh = tspdm_found_base(&c->subject->evidence);
	const struct tspdm_finding *certificate = tspdm_found_base(&c->subject->certificate_evidence);

	return (fresh != NULL && fresh != c->evidence) || (certificate != NULL && certificate != c->evidence);
}

/* All evidence of one peer comes from one guest on one chip. */
static void check_same_tee(struct context *c)
{
	const char *judged = c->found == &c->subject->session_evidence ? "session's" : "fresh";
	const char *other = "certificate's";
	const char *difference = difference_to(c, &c->subject->certificate_evidence);

	if (!has_other_evidence(c))
		return;
	if (difference == NULL && difference_to(c, &c->subject->evidence) != NULL) {
		difference = difference_to(c, &c->subject->evidence);
		other = "measurement's";
	}
	if (difference == NULL)
		tspdm_checks_add(&c->out->checks, "binding.same_tee", TSPDM_OK,
			"the %s evidence and the %s come from one guest", judged, other);
	else
		tspdm_checks_add(&c->out->checks, "binding.same_tee", TSPDM_ERR_EVIDENCE_KEY,
			"the %s evidence and the %s are of different %s", judged, other, difference);
}

static void check_demand(struct context *c, const char *name, uint32_t demand)
{
	if (demand != POLICY_REQUIRED || check_passed(&c->out->checks, name))
		return;
	if (c->subject->is_requester && strcmp(name, "binding.session") != 0) {
		tspdm_checks_skip(&c->out->checks, name, "a requester shows evidence in the session alone");
		return;
	}
	if (!is_connection(c)) {
		c->has_remark = !check_passed(&c->out->checks, "binding.report_data");
		tspdm_checks_skip(
			&c->out->checks, name, "bare evidence: there is no connection that it could be bound to");
		return;
	}
	if (tspdm_checks_find(&c->out->checks, name) == NULL ||
		tspdm_checks_find(&c->out->checks, name)->result == TSPDM_CHECK_SKIPPED)
		tspdm_checks_add(&c->out->checks, name, TSPDM_ERR_EVIDENCE_MISSING,
			"the policy requires it; there is no such evidence");
}

static void check_session_demand(struct context *c)
{
	const uint32_t demand = c->subject->is_requester ? POLICY_REQUIRED : c->policy->binding.session;

	if (c->subject->is_preliminary && demand == POLICY_REQUIRED)
		tspdm_checks_skip(&c->out->checks, "binding.session", "to be shown in the session that follows");
	else
		check_demand(c, "binding.session", demand);
}

/* Only what answers a nonce of this end has an age that is known here. */
static void check_age(struct context *c)
{
	const struct tspdm_subject *s = c->subject;
	uint32_t most = c->policy->binding.max_age_s;
	struct tspdm_checks *checks = &c->out->checks;

	if (most == 0)
		return;
	if (!is_connection(c))
		tspdm_checks_skip(checks, "policy.age", "bare evidence: when it was made is not known");
	else if (!check_passed(checks, "binding.session") && !check_passed(checks, "binding.measurement"))
		tspdm_checks_add(checks, "policy.age", TSPDM_ERR_POLICY,
			"no evidence answers a nonce, so when it was made is not known");
	else if (s->evidence_age_s > most)
		tspdm_checks_add(checks, "policy.age", TSPDM_ERR_POLICY, "up to %u seconds old; at most %u are allowed",
			s->evidence_age_s, most);
	else
		tspdm_checks_add(checks, "policy.age", TSPDM_OK, "at most %u seconds old", s->evidence_age_s);
}

/* Whatever the policy says: evidence that is not about this peer is worth nothing. */
static void check_any_binding(struct context *c)
{
	const struct tspdm_checks *checks = &c->out->checks;

	if (!is_connection(c) || check_passed(checks, "binding.certificate") ||
		check_passed(checks, "binding.measurement") || check_passed(checks, "binding.session") ||
		first_failure(&c->subject->binding) != NULL)
		return;
	tspdm_checks_add(&c->out->checks, "binding", TSPDM_ERR_EVIDENCE_KEY,
		"the evidence is bound neither to the peer's key nor to this exchange");
}

static void check_binding(struct context *c)
{
	copy_checks(&c->out->checks, &c->subject->binding);
	if (c->evidence == NULL)
		return;
	check_same_tee(c);
	if (c->policy != NULL) {
		check_demand(c, "binding.certificate", c->policy->binding.certificate);
		check_demand(c, "binding.measurement", c->policy->binding.measurement);
		check_session_demand(c);
		check_age(c);
	}
	check_any_binding(c);
}

/* ---- Policy ---- */

static void check_choice(struct context *c, const char *name, uint32_t allowed, uint32_t seen, const char *seen_name)
{
	if (allowed == 0)
		return;
	if ((allowed & seen) != 0)
		tspdm_checks_add(&c->out->checks, name, TSPDM_OK, "%s", seen_name);
	else
		tspdm_checks_add(&c->out->checks, name, TSPDM_ERR_POLICY, "%s is not listed", seen_name);
}

static const char *algorithm_name(enum tspdm_algorithm_kind kind, uint32_t bit)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_bit(kind, bit);

	return row != NULL ? row->name : "none";
}

static bool find_block(const struct tspdm_measured *measured, uint32_t index, struct tspdm_measurement_block *out)
{
	struct tspdm_view left = measured != NULL ? measured->record : (struct tspdm_view){ NULL, 0 };

	while (left.len != 0 && tspdm_next_block(&left, out) == TSPDM_OK)
		if (out->index == index)
			return true;
	return false;
}

static bool block_matches(const struct policy_block *want, const struct tspdm_measurement_block *block)
{
	for (size_t i = 0; i < want->digest.count; i++)
		if (want->digest.items[i].len == block->value.len &&
			memcmp(want->digest.items[i].bytes, block->value.ptr, block->value.len) == 0)
			return true;
	return want->digest.is_any;
}

static void check_block(struct context *c, const struct policy_block *want)
{
	const char *name = "policy.spdm.measurement";
	const struct tspdm_measured *measured = c->subject->measured;
	struct tspdm_checks *checks = &c->out->checks;
	struct tspdm_measurement_block block;
	char seen[108], expected[44] = "";

	if (measured == NULL || !measured->is_verified) {
		tspdm_checks_add(
			checks, name, TSPDM_ERR_POLICY, "block %u: there are no signed measurements", want->index);
		return;
	}
	if (!find_block(measured, want->index, &block)) {
		tspdm_checks_add(checks, name, TSPDM_ERR_POLICY, "block %u is not among the measurements", want->index);
		return;
	}
	if ((block.type & TSPDM_MEASUREMENT_RAW) != 0 || block.value.len == 0) {
		tspdm_checks_add(checks, name, TSPDM_ERR_POLICY, "block %u is raw; a digest is wanted", want->index);
		return;
	}
	short_hex(seen, block.value, 48);
	if (want->digest.count != 0)
		short_hex(expected, (struct tspdm_view){ want->digest.items[0].bytes, want->digest.items[0].len }, 16);
	if (block_matches(want, &block))
		tspdm_checks_add(checks, name, TSPDM_OK, "block %u: %s", want->index, seen);
	else
		tspdm_checks_add(checks, name, TSPDM_ERR_POLICY, "block %u: expected %s%s, seen %s", want->index,
			expected, want->digest.count > 1 ? " or others" : "", seen);
}

static void check_spdm(struct context *c)
{
	const struct policy_spdm *want = &c->policy->spdm;
	const struct tspdm_negotiated *seen = c->subject->negotiated;
	char version[8];

	if (seen == NULL)
		return;
	snprintf(version, sizeof version, "%u.%u", seen->version >> 4, seen->version & 0xFU);
	check_choice(c, "policy.spdm.version", want->versions, TSPDM_VERSION_BIT(seen->version), version);
	check_choice(c, "policy.spdm.asym", want->asym, seen->asym, algorithm_name(TSPDM_KIND_ASYM, seen->asym));
	check_choice(c, "policy.spdm.hash", want->hash, seen->hash, algorithm_name(TSPDM_KIND_HASH, seen->hash));
	if (c->subject->session != NULL || c->subject->is_requester) {
		check_choice(c, "policy.spdm.dhe", want->dhe, seen->dhe, algorithm_name(TSPDM_KIND_DHE, seen->dhe));
		check_choice(
			c, "policy.spdm.aead", want->aead, seen->aead, algorithm_name(TSPDM_KIND_AEAD, seen->aead));
	} else if (want->dhe != 0 || want->aead != 0) {
		tspdm_checks_skip(
			&c->out->checks, "policy.spdm.session", "there is no session whose algorithms could be judged");
	}
	for (size_t i = 0; i < want->measurements.count; i++)
		check_block(c, &want->measurements.items[i]);
}

static bool is_pinned(const struct policy_anchors *anchors, const struct tspdm_finding *finding)
{
	for (size_t i = 0; i < anchors->pins.count; i++)
		if (memcmp(anchors->pins.items[i].bytes, finding->anchor_spki, sizeof finding->anchor_spki) == 0)
			return true;
	return false;
}

static const struct policy_anchors *anchors_for(const struct tspdm_policy *policy, enum tspdm_tee tee)
{
	static const struct policy_anchors none;

	switch (tee) {
	case TSPDM_TEE_SEV_SNP:
		return &policy->anchors.snp;
	case TSPDM_TEE_TDX:
		return &policy->anchors.tdx;
	case TSPDM_TEE_SGX:
		return &policy->anchors.sgx;
	case TSPDM_TEE_DEVICE:
		return &policy->anchors.device;
	case TSPDM_TEE_NONE:
		break;
	}
	return &none;
}

/* The stand-in's root is public: a pin does not make it one that can be trusted, only "standin" does. */
bool tspdm_policy_allows_anchor(const struct tspdm_policy *policy, const struct tspdm_finding *finding)
{
	const struct policy_anchors *anchors = anchors_for(policy, finding->tee);

	switch (finding->anchor) {
	case TSPDM_ANCHOR_BUILTIN:
		return (anchors->kinds & POLICY_ANCHOR_BUILTIN) != 0 || is_pinned(anchors, finding);
	case TSPDM_ANCHOR_CONFIGURED:
		return (anchors->kinds & POLICY_ANCHOR_CONFIGURED) != 0 || is_pinned(anchors, finding);
	case TSPDM_ANCHOR_STANDIN:
		return policy->anchors.standin != 0;
	case TSPDM_ANCHOR_NONE:
		break;
	}
	return false;
}

static void check_anchor(struct context *c)
{
	const struct tspdm_finding *finding = c->evidence;

	if (tspdm_policy_allows_anchor(c->policy, finding))
		tspdm_checks_add(&c->out->checks, "policy.anchor", TSPDM_OK, "%s (%s)", finding->anchor_name,
			tspdm_anchor_kind_name(finding->anchor));
	else
		tspdm_checks_add(&c->out->checks, "policy.anchor", TSPDM_ERR_POLICY, "%s: %s (%s)",
			finding->anchor == TSPDM_ANCHOR_STANDIN
				? "the policy does not allow the software TEE (anchors.standin)"
				: "not among the policy's anchors for this TEE",
			finding->anchor_name, tspdm_anchor_kind_name(finding->anchor));
	if (finding->anchor == TSPDM_ANCHOR_STANDIN)
		c->has_remark = true;
}

/* Appends to a text as far as there is room. */
static void append(char *text, size_t cap, const char *more)
{
	size_t at = strlen(text);

	snprintf(text + at, cap - at, "%s", more);
}

static bool entry_failed(const struct tspdm_checks *checks, unsigned first, char *summary, size_t cap)
{
	bool has_failed = checks->lost != 0;

	for (unsigned i = first; i < checks->count; i++) {
		if (!is_failure(&checks->items[i]))
			continue;
		append(summary, cap, has_failed ? ", " : " ");
		append(summary, cap, checks->items[i].name);
		has_failed = true;
	}
	return has_failed;
}

/* The checks of one entry. One that is for another TEE does not match, and that is all there is to say. */
static void check_entry(struct context *c, size_t number)
{
	const struct policy_entry *entry = &c->policy->accept.items[number];
	struct tspdm_checks *checks = &c->out->checks;

	if (entry->tee != (uint32_t)c->evidence->tee)
		tspdm_checks_add(checks, "policy.tee", TSPDM_ERR_POLICY, "accept[%zu]: for %s, the evidence is %s",
			number, tspdm_tee_name((enum tspdm_tee)entry->tee), tspdm_tee_name(c->evidence->tee));
	else if (c->found->snp != NULL)
		tspdm_appraise_snp_entry(checks, entry, number, c->found->snp);
	else if (c->found->tdx != NULL)
		tspdm_appraise_tdx_entry(checks, entry, number, c->found->tdx);
	else if (c->found->device != NULL)
		tspdm_appraise_device_entry(checks, entry, number, c->found->device);
	else
		tspdm_appraise_sgx_entry(checks, entry, number, c->found->sgx);
}

/* The entry to tell of where none matched: the last that is for this kind of evidence, else the last. */
static size_t entry_to_tell(const struct context *c)
{
	const struct policy_entries *accept = &c->policy->accept;

	for (size_t i = accept->count; i-- > 0;)
		if (accept->items[i].tee == (uint32_t)c->evidence->tee)
			return i;
	return accept->count - 1;
}

/* The first entry that matches wins. Where none does, the checks of one stay, and a line sums up them all. */
static void check_entries(struct context *c)
{
	const struct policy_entries *accept = &c->policy->accept;
	struct tspdm_checks *checks = &c->out->checks;
	char summary[TSPDM_DETAIL_MAX] = "", number[32];
	unsigned first = checks->count;

	for (size_t i = 0; i < accept->count; i++) {
		checks->count = first;
		check_entry(c, i);
		snprintf(number, sizeof number, "%saccept[%zu]:", i != 0 ? "; " : "", i);
		append(summary, sizeof summary, number);
		if (!entry_failed(checks, first, summary, sizeof summary)) {
			c->out->entry = (int)i;
			tspdm_checks_add(checks, "policy.accept", TSPDM_OK, "accept[%zu] matches", i);
			return;
		}
	}
	checks->count = first;
	if (accept->count != 0)
		check_entry(c, entry_to_tell(c));
	else
		snprintf(summary, sizeof summary, "the policy has no accept entry, so it accepts no evidence");
	tspdm_checks_add(checks, "policy.accept", TSPDM_ERR_POLICY, "%s", summary);
}

static void check_policy(struct context *c)
{
	struct tspdm_checks *checks = &c->out->checks;

	if (c->policy == NULL) {
		tspdm_checks_add(checks, "policy", TSPDM_ERR_POLICY, "no policy given; nothing is trusted without one");
		return;
	}
	check_spdm(c);
	if (c->evidence == NULL)
		return;
	if (!is_genuine(c)) {
		tspdm_checks_skip(checks, "policy.accept", "not judged: the evidence is not genuine");
		return;
	}
	if (c->found->snp != NULL && !c->found->snp->report.reserved_is_zero)
		c->has_remark = true;
	check_anchor(c);
	check_entries(c);
}

/* ---- Conclusion ---- */

/* An attester that cannot be reached or understood is an error; one that was understood and is not wanted is rejected.
 */
static enum tspdm_verdict_kind kind_of_failure(enum tspdm_status status)
{
	switch (tspdm_status_class(status)) {
	case TSPDM_CLASS_CRYPTO:
	case TSPDM_CLASS_EVIDENCE:
	case TSPDM_CLASS_POLICY:
		return TSPDM_VERDICT_REJECT;
	default:
		return TSPDM_VERDICT_ERROR;
	}
}

static void tell_failure(struct tspdm_verdict *out)
{
	const struct tspdm_check *check = first_failure(&out->checks);
	const char *detail = check != NULL && check->detail[0] != '\0' ? check->detail : tspdm_status_text(out->status);

	if (check != NULL && strcmp(check->name, "policy") != 0)
		snprintf(out->reason, sizeof out->reason, "%.40s: %.340s", check->name, detail);
	else
		snprintf(out->reason, sizeof out->reason, "%s", detail);
}

/* Acceptance is said here and nowhere else. */
static void accept(struct context *c)
{
	struct tspdm_verdict *out = c->out;

	out->kind = c->has_remark ? TSPDM_VERDICT_WARN : TSPDM_VERDICT_ACCEPT;
	if (c->evidence == NULL)
		snprintf(out->reason, sizeof out->reason, "authenticated%s; no TEE evidence was demanded",
			is_known_by_psk(c) ? " by a pre-shared key alone" : "");
	else if (c->evidence->anchor == TSPDM_ANCHOR_STANDIN)
		snprintf(out->reason, sizeof out->reason, "accept[%d] matches; a software TEE, not hardware",
			out->entry);
	else if (c->has_remark && !is_connection(c))
		snprintf(out->reason, sizeof out->reason, "accept[%d] matches; bare evidence, bound to nothing",
			out->entry);
	else
		snprintf(out->reason, sizeof out->reason, "accept[%d] matches", out->entry);
}

static void conclude(struct context *c)
{
	struct tspdm_verdict *out = c->out;

	out->status = out->checks.lost != 0 ? TSPDM_ERR_BUFFER : tspdm_checks_status(&out->checks);
	if (out->status == TSPDM_OK && c->evidence != NULL && out->entry < 0)
		out->status = TSPDM_ERR_POLICY;
	if (out->status == TSPDM_OK && c->evidence == NULL && (c->subject->evidence_wanted || !is_connection(c)))
		out->status = TSPDM_ERR_EVIDENCE_MISSING;
	if (out->status == TSPDM_OK && c->policy != NULL) {
		accept(c);
		return;
	}
	out->kind = kind_of_failure(out->status);
	tell_failure(out);
}

void tspdm_appraise(const struct tspdm_policy *policy, const struct tspdm_subject *subject, struct tspdm_verdict *out)
{
	struct context c = { .policy = policy, .subject = subject, .out = out };

	memset(out, 0, sizeof *out);
	out->entry = -1;
	c.found = tspdm_subject_evidence(subject);
	c.evidence = tspdm_found_base(c.found);
	check_peer(&c);
	check_evidence(&c);
	check_chain_anchor(&c);
	check_binding(&c);
	check_policy(&c);
	tspdm_appraise_devices(policy, subject, &out->checks);
	conclude(&c);
}
