/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A subject that a policy accepts, with everything that it points to, and changes to it: for the tests of appraisal. */
#ifndef VERDICT_WORLD_H
#define VERDICT_WORLD_H

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

static inline void make_finding(struct tspdm_snp_finding *f)
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

static inline json_t *make_policy(void)
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

static inline void make_record(struct world *w)
{
	static const uint8_t head[] = { 1, 1, 0x33, 0, 0x01, 0x30, 0 };
	static const uint8_t raw[] = { 2, 1, 5, 0, 0x81, 2, 0, 0xAB, 0xCD };

	memcpy(w->record, head, sizeof head);
	memset(w->record + sizeof head, 0x66, 48);
	memcpy(w->record + sizeof head + 48, raw, sizeof raw);
	w->measured.record = (struct tspdm_view){ w->record, sizeof head + 48 + sizeof raw };
}

static inline int make_world(void **state)
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
		.evidence.snp = &w->evidence,
		.certificate_evidence.snp = &w->certificate_evidence,
		.evidence_wanted = true,
		.time = 1700000000 };
	tspdm_checks_add(&w->subject.binding, "binding.certificate", TSPDM_OK, "bound");
	tspdm_checks_add(&w->subject.binding, "binding.measurement", TSPDM_OK, "bound");
	w->policy = make_policy();
	assert_non_null(w->policy);
	*state = w;
	return 0;
}

static inline int drop_world(void **state)
{
	struct world *w = *state;

	json_decref(w->policy);
	free(w);
	return 0;
}

static inline void appraise(struct world *w)
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
static inline json_t *entry(struct world *w)
{
	return json_array_get(json_object_get(w->policy, "accept"), 0);
}

static inline void set(json_t *object, const char *key, const char *value)
{
	assert_int_equal(json_object_set_new(object, key, json_loads(value, JSON_DECODE_ANY, NULL)), 0);
}

static inline void spdm_policy(struct world *w, const char *value)
{
	set(w->policy, "spdm", value);
}

struct change {
	const char *name;
	void (*apply)(struct world *w);
	enum tspdm_verdict_kind kind;
	enum tspdm_status status;
	const char *reason; /* in the verdict's reason */
};

/* ---- Changes that several tests make ---- */

static inline void bare(struct world *w)
{
	w->subject.negotiated = NULL;
	w->subject.identity = NULL;
	w->subject.measured = NULL;
	w->subject.certificate_evidence.snp = NULL;
	w->subject.binding.count = 0;
}

static inline void certificate_only(struct world *w)
{
	w->subject.evidence.snp = NULL;
	w->subject.binding.count = 1;
	set(json_object_get(w->policy, "binding"), "measurement", "\"optional\"");
}

static inline void pinned_root(struct world *w)
{
	w->evidence.base.anchor = TSPDM_ANCHOR_CONFIGURED;
	set(json_object_get(w->policy, "anchors"), "snp",
		"[\"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"]");
}

static inline void plain_device(struct world *w)
{
	w->subject.evidence.snp = w->subject.certificate_evidence.snp = NULL;
	w->subject.binding.count = 0;
	w->subject.evidence_wanted = false;
	w->identity.is_anchored = true;
}

static inline void debug_guest(struct world *w)
{
	w->evidence.report.policy |= TSPDM_SNP_POLICY_DEBUG;
	w->subject.certificate_evidence.snp = NULL;
}

static inline void migration(struct world *w)
{
	w->evidence.report.policy |= TSPDM_SNP_POLICY_MIGRATE_MA;
	w->subject.certificate_evidence.snp = NULL;
}

static inline void cxl_not_named(struct world *w)
{
	w->evidence.report.policy |= TSPDM_SNP_POLICY_CXL;
	w->subject.certificate_evidence.snp = NULL;
}

static inline void provisional(struct world *w)
{
	w->evidence.report.current_tcb = 1;
}

static inline void standin_not_allowed(struct world *w)
{
	w->evidence.base.anchor = TSPDM_ANCHOR_STANDIN;
}

static inline void vlek_not_listed(struct world *w)
{
	w->evidence.report.signing_key = TSPDM_SNP_VLEK;
}

static inline void other_vmpl(struct world *w)
{
	w->evidence.report.vmpl = 1;
}

static inline void not_genuine(struct world *w)
{
	w->evidence.base.status = TSPDM_ERR_EVIDENCE_SIGNATURE;
	tspdm_checks_add(&w->evidence.base.checks, "report.signature", TSPDM_ERR_EVIDENCE_SIGNATURE, "flipped");
}

static inline void missing_evidence(struct world *w)
{
	w->subject.evidence.snp = w->subject.certificate_evidence.snp = NULL;
	w->subject.binding.count = 0;
}

#endif
