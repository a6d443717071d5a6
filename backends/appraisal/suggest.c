/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The policy that would accept a subject, with every value that it shows written out: a start for a person to read and
 * to loosen, never to trust unread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "policy.h"

static json_t *hex(const uint8_t *bytes, size_t len)
{
	char out[2 * 64 + 1];

	for (size_t i = 0; i < len && i < 64; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return json_stringn(out, 2 * (len < 64 ? len : 64));
}

static json_t *tcb(const struct tspdm_snp_tcb *t)
{
	json_t *object = json_object();

	if (t->has_fmc)
		json_object_set_new(object, "fmc", json_integer(t->fmc));
	json_object_set_new(object, "bootloader", json_integer(t->bootloader));
	json_object_set_new(object, "tee", json_integer(t->tee));
	json_object_set_new(object, "snp", json_integer(t->snp));
	json_object_set_new(object, "microcode", json_integer(t->microcode));
	return object;
}

static json_t *guest_policy(uint64_t policy)
{
	json_t *object = json_pack("{s:b, s:b, s:b}", "debug", (policy & TSPDM_SNP_POLICY_DEBUG) != 0, "migrate_ma",
		(policy & TSPDM_SNP_POLICY_MIGRATE_MA) != 0, "smt", (policy & TSPDM_SNP_POLICY_SMT) != 0);

	if ((policy & TSPDM_SNP_POLICY_CXL) != 0)
		json_object_set_new(object, "cxl", json_true());
	if ((policy & TSPDM_SNP_POLICY_SINGLE_SOCKET) != 0)
		json_object_set_new(object, "single_socket", json_true());
	return object;
}

static bool is_provisional(const struct tspdm_snp_report *r)
{
	return r->committed_tcb != r->current_tcb || memcmp(r->current_version, r->committed_version, 3) != 0;
}

static json_t *entry(const struct tspdm_snp_finding *f)
{
	const struct tspdm_snp_report *r = &f->report;

	return json_pack("{s:s, s:[s], s:[o], s:{s:o}, s:o, s:[i], s:[o], s:[s], s:b, s:b}", "tee", "sev-snp",
		"product", tspdm_snp_product_name(f->product), "measurement",
		hex(r->measurement, sizeof r->measurement), "min_tcb", tspdm_snp_product_name(f->product),
		tcb(&f->reported), "policy", guest_policy(r->policy), "vmpl", (int)r->vmpl, "host_data",
		hex(r->host_data, sizeof r->host_data), "signer", r->signing_key == TSPDM_SNP_VLEK ? "vlek" : "vcek",
		"require_crl", f->crl_checked, "allow_provisional", is_provisional(r));
}

/* A configured root is named by its key, so that the policy means this root and not whichever is configured. */
static json_t *anchors(const struct tspdm_finding *f)
{
	json_t *snp = json_array();
	json_t *standin = json_array();

	if (f == NULL || f->anchor == TSPDM_ANCHOR_BUILTIN)
		json_array_append_new(snp, json_string("builtin"));
	else if (f->anchor == TSPDM_ANCHOR_CONFIGURED)
		json_array_append_new(snp, hex(f->anchor_spki, sizeof f->anchor_spki));
	else
		json_array_append_new(standin, json_string("builtin"));
	return json_pack("{s:o, s:o}", "snp", snp, "standin", standin);
}

static const char *demand(const struct tspdm_subject *s, const char *name)
{
	const struct tspdm_check *check = tspdm_checks_find(&s->binding, name);

	return check != NULL && check->result == TSPDM_CHECK_OK ? "required" : "optional";
}

/* Only digests can be reference values, and only signed ones are worth it. */
static json_t *blocks(const struct tspdm_measured *measured)
{
	struct tspdm_measurement_block block;
	struct tspdm_view left = { NULL, 0 };
	json_t *list = json_array();

	if (measured != NULL && measured->is_verified)
		left = measured->record;
	while (left.len != 0 && tspdm_next_block(&left, &block) == TSPDM_OK) {
		size_t len = block.value.len;

		if ((block.type & TSPDM_MEASUREMENT_RAW) != 0 || (len != 32 && len != 48 && len != 64))
			continue;
		json_array_append_new(
			list, json_pack("{s:i, s:[o]}", "index", block.index, "digest", hex(block.value.ptr, len)));
	}
	return list;
}

static json_t *spdm(const struct tspdm_subject *s)
{
	const struct tspdm_algorithm *asym = tspdm_algorithm_by_bit(TSPDM_KIND_ASYM, s->negotiated->asym);
	const struct tspdm_algorithm *hash = tspdm_algorithm_by_bit(TSPDM_KIND_HASH, s->negotiated->hash);
	json_t *version = json_sprintf("%d.%d", s->negotiated->version >> 4, s->negotiated->version & 0xF);
	json_t *object = json_pack("{s:[o]}", "versions", version);

	if (asym != NULL)
		json_object_set_new(object, "asym", json_pack("[s]", asym->name));
	if (hash != NULL)
		json_object_set_new(object, "hash", json_pack("[s]", hash->name));
	json_object_set_new(object, "measurements", blocks(s->measured));
	return object;
}

static json_t *whole(const struct tspdm_subject *s, const struct tspdm_snp_finding *f)
{
	json_t *root = json_pack("{s:i, s:o, s:o, s:{s:s, s:s}}", "version", 1, "anchors",
		anchors(f != NULL ? &f->base : NULL), "accept", f != NULL ? json_pack("[o]", entry(f)) : json_array(),
		"binding", "certificate", demand(s, "binding.certificate"), "measurement",
		demand(s, "binding.measurement"));

	if (root != NULL && s->negotiated != NULL)
		json_object_set_new(root, "spdm", spdm(s));
	return root;
}

static enum tspdm_status take_text(struct tspdm_buffer *out, const char *text)
{
	size_t len = strlen(text), at = out->len;

	out->len += len;
	if (out->len > out->cap)
		return TSPDM_ERR_BUFFER;
	memcpy(out->ptr + at, text, len);
	return TSPDM_OK;
}

enum tspdm_status tspdm_policy_suggest(const struct tspdm_subject *subject, struct tspdm_buffer *out)
{
	const struct tspdm_snp_finding *f =
		subject->evidence != NULL ? subject->evidence : subject->certificate_evidence;
	enum tspdm_status status;
	json_t *root;
	char *text;

	if (f == NULL && (subject->evidence_wanted || subject->negotiated == NULL))
		return TSPDM_ERR_EVIDENCE_MISSING;
	if (f != NULL && f->base.status != TSPDM_OK)
		return f->base.status;
	root = whole(subject, f);
	text = root != NULL ? json_dumps(root, JSON_INDENT(2)) : NULL;
	json_decref(root);
	if (text == NULL)
		return TSPDM_ERR_MEMORY;
	status = take_text(out, text);
	free(text);
	return status;
}
