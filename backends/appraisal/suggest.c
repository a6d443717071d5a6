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

static json_t *snp_entry(const struct tspdm_snp_finding *f)
{
	const struct tspdm_snp_report *r = &f->report;

	return json_pack("{s:s, s:[s], s:[o], s:{s:o}, s:o, s:[i], s:[o], s:[s], s:b, s:b}", "tee", "sev-snp",
		"product", tspdm_snp_product_name(f->product), "measurement",
		hex(r->measurement, sizeof r->measurement), "min_tcb", tspdm_snp_product_name(f->product),
		tcb(&f->reported), "policy", guest_policy(r->policy), "vmpl", (int)r->vmpl, "host_data",
		hex(r->host_data, sizeof r->host_data), "signer", r->signing_key == TSPDM_SNP_VLEK ? "vlek" : "vcek",
		"require_crl", f->crl_checked, "allow_provisional", is_provisional(r));
}

/* What entries for TDX and SGX have in common. A status that nobody judged is not one to accept, but its absence is. */
static void add_quote(json_t *entry, const struct tspdm_tcb *t, bool is_debug, bool crl_checked)
{
	bool is_judged = t->status != TSPDM_TCB_NOT_EVALUATED;
	json_t *advisories = json_array();

	for (unsigned i = 0; i < t->advisory_count && i < TSPDM_ADVISORIES_MAX; i++)
		json_array_append_new(advisories, json_string(t->advisories[i]));
	json_object_set_new(entry, "tcb_status",
		json_pack("[s]", tspdm_tcb_status_name(is_judged ? t->status : TSPDM_TCB_UP_TO_DATE)));
	json_object_set_new(entry, "require_collateral", json_boolean(is_judged));
	json_object_set_new(entry, "require_crl", json_boolean(crl_checked));
	json_object_set_new(entry, "advisories_tolerated", advisories);
	if (t->evaluation_number != 0)
		json_object_set_new(entry, "min_tcb_evaluation_number",
			json_integer(t->evaluation_number < t->qe_evaluation_number ? t->evaluation_number
										    : t->qe_evaluation_number));
	json_object_set_new(entry, "debug", json_boolean(is_debug));
}

static json_t *exactly(const uint8_t *bytes, size_t len)
{
	uint8_t ones[16];

	memset(ones, 0xFF, sizeof ones);
	return json_pack("{s:o, s:o}", "value", hex(bytes, len), "mask", hex(ones, len));
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* RTMR3 is the running system's, which may extend it at any time: it is left open. */
static json_t *tdx_entry(const struct tspdm_tdx_finding *f)
{
	const struct tspdm_td_report *t = &f->report;
	json_t *entry = json_pack("{s:s, s:[o], s:{s:[o], s:[o], s:[o]}, s:o, s:o}", "tee", "tdx", "mrtd",
		hex(t->mr_td, sizeof t->mr_td), "rtmr", "0", hex(t->rtmr[0], sizeof t->rtmr[0]), "1",
		hex(t->rtmr[1], sizeof t->rtmr[1]), "2", hex(t->rtmr[2], sizeof t->rtmr[2]), "attributes",
		exactly(t->td_attributes, sizeof t->td_attributes), "xfam", exactly(t->xfam, sizeof t->xfam));

	if (entry == NULL)
		return NULL;
	add_quote(entry, &f->tcb, t->is_debug, f->crl_checked);
	if (!is_zero(t->mr_service_td, sizeof t->mr_service_td))
		json_object_set_new(
			entry, "mr_service_td", json_pack("[o]", hex(t->mr_service_td, sizeof t->mr_service_td)));
	if (!is_zero(t->mr_config_id, sizeof t->mr_config_id))
		json_object_set_new(
			entry, "mr_config_id", json_pack("[o]", hex(t->mr_config_id, sizeof t->mr_config_id)));
	return entry;
}

static json_t *sgx_entry(const struct tspdm_sgx_finding *f)
{
	const struct tspdm_sgx_report *r = &f->report;
	json_t *entry = json_pack("{s:s, s:[o], s:[o], s:i, s:i, s:o}", "tee", "sgx", "mrenclave",
		hex(r->mr_enclave, sizeof r->mr_enclave), "mrsigner", hex(r->mr_signer, sizeof r->mr_signer),
		"isv_prod_id", r->isv_prod_id, "min_isv_svn", r->isv_svn, "attributes",
		exactly(r->attributes, sizeof r->attributes));

	if (entry != NULL)
		add_quote(entry, &f->tcb, f->is_debug, f->crl_checked);
	return entry;
}

static json_t *entry_for(const struct tspdm_found *found)
{
	if (found->snp != NULL)
		return snp_entry(found->snp);
	return found->tdx != NULL ? tdx_entry(found->tdx) : sgx_entry(found->sgx);
}

/* Appends what is not there yet. */
static void append_once(json_t *list, json_t *value)
{
	bool is_there = false;

	for (size_t i = 0; i < json_array_size(list); i++)
		is_there = is_there || json_equal(json_array_get(list, i), value) != 0;
	if (is_there)
		json_decref(value);
	else
		json_array_append_new(list, value);
}

/* A configured root is named by its key, so that the policy means this root and not whichever is configured. */
static void add_anchor(json_t *object, const struct tspdm_finding *f)
{
	const char *tee = f == NULL || f->tee == TSPDM_TEE_SEV_SNP ? "snp" : tspdm_tee_name(f->tee);

	if (f == NULL || f->anchor == TSPDM_ANCHOR_BUILTIN)
		append_once(json_object_get(object, tee), json_string("builtin"));
	else if (f->anchor == TSPDM_ANCHOR_CONFIGURED)
		append_once(json_object_get(object, tee), hex(f->anchor_spki, sizeof f->anchor_spki));
	else
		append_once(json_object_get(object, "standin"), json_string("builtin"));
}

static json_t *anchors(const struct tspdm_subject *s, const struct tspdm_finding *f)
{
	json_t *object = json_pack("{s:[], s:[], s:[], s:[], s:[]}", "snp", "tdx", "sgx", "device", "standin");

	add_anchor(object, f);
	for (uint32_t i = 0; i < s->device_count; i++)
		add_anchor(object, &s->devices[i].finding->base);
	return object;
}

static const char *demand(const struct tspdm_subject *s, const char *name)
{
	const struct tspdm_check *check = tspdm_checks_find(&s->binding, name);

	return check != NULL && check->result == TSPDM_CHECK_OK ? "required" : "optional";
}

/* Only digests can be reference values. The manifest of a TEE is the digest of its evidence (docs/profile.md), which is another one at its next start. */
static json_t *blocks(struct tspdm_view left, bool has_evidence)
{
	struct tspdm_measurement_block block;
	json_t *list = json_array();

	while (left.len != 0 && tspdm_next_block(&left, &block) == TSPDM_OK) {
		size_t len = block.value.len;

		if ((block.type & TSPDM_MEASUREMENT_RAW) != 0 || (len != 32 && len != 48 && len != 64))
			continue;
		if (has_evidence && block.index == TSPDM_INDEX_MANIFEST)
			continue;
		json_array_append_new(
			list, json_pack("{s:i, s:[o]}", "index", block.index, "digest", hex(block.value.ptr, len)));
	}
	return list;
}

static void add_fwids(json_t *object, const struct tspdm_dice_tcb_info *info)
{
	for (unsigned i = 0; i < info->fwid_count; i++) {
		const struct tspdm_dice_fwid *fwid = &info->fwids[i];
		const struct tspdm_algorithm *hash = tspdm_algorithm_by_bit(TSPDM_KIND_HASH, fwid->hash);

		if (hash == NULL)
			continue;
		if (json_object_get(object, hash->name) == NULL)
			json_object_set_new(object, hash->name, json_array());
		json_array_append_new(json_object_get(object, hash->name), hex(fwid->digest.ptr, fwid->digest.len));
	}
}

/* Every firmware digest that the certificates name, by hash; "any" where they name none. */
static json_t *device_fwids(const struct tspdm_device_finding *f)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < f->certificate_count; i++)
		for (unsigned k = 0; k < f->certificates[i].dice.tcb_info_count; k++)
			add_fwids(object, &f->certificates[i].dice.tcb_infos[k]);
	if (json_object_size(object) != 0)
		return object;
	json_decref(object);
	return json_string("any");
}

static json_t *device_entry(const struct tspdm_device_finding *f)
{
	json_t *list = blocks(f->record, false);

	if (json_array_size(list) == 0) {
		json_decref(list);
		list = json_string("any");
	}
	return json_pack("{s:s, s:o, s:o, s:{s:[s,s,s,s]}}", "tee", "device", "measurements", list, "fwids",
		device_fwids(f), "flags", "forbidden", "not_configured", "not_secure", "recovery", "debug");
}

/* The evidence's entry, and one for each device; devices alike need one only. */
static json_t *entries(const struct tspdm_subject *s, const struct tspdm_found *found)
{
	json_t *list = json_array();

	if (tspdm_found_base(found) != NULL)
		append_once(list, found->device != NULL ? device_entry(found->device) : entry_for(found));
	for (uint32_t i = 0; i < s->device_count; i++)
		append_once(list, device_entry(s->devices[i].finding));
	return list;
}

/* Only what was signed is worth being a reference value. */
static struct tspdm_view signed_record(const struct tspdm_measured *measured)
{
	return measured != NULL && measured->is_verified ? measured->record : (struct tspdm_view){ NULL, 0 };
}

static json_t *spdm(const struct tspdm_subject *s, bool has_evidence)
{
	const struct tspdm_algorithm *asym = tspdm_algorithm_by_bit(TSPDM_KIND_ASYM, s->negotiated->asym);
	const struct tspdm_algorithm *hash = tspdm_algorithm_by_bit(TSPDM_KIND_HASH, s->negotiated->hash);
	json_t *version = json_sprintf("%d.%d", s->negotiated->version >> 4, s->negotiated->version & 0xF);
	json_t *object = json_pack("{s:[o]}", "versions", version);

	if (asym != NULL)
		json_object_set_new(object, "asym", json_pack("[s]", asym->name));
	if (hash != NULL)
		json_object_set_new(object, "hash", json_pack("[s]", hash->name));
	json_object_set_new(object, "measurements", blocks(signed_record(s->measured), has_evidence));
	return object;
}

static json_t *whole(const struct tspdm_subject *s, const struct tspdm_found *found)
{
	const struct tspdm_finding *f = tspdm_found_base(found);
	json_t *root = json_pack("{s:i, s:o, s:o, s:{s:s, s:s, s:s}}", "version", 1, "anchors", anchors(s, f), "accept",
		entries(s, found), "binding", "certificate", demand(s, "binding.certificate"), "measurement",
		demand(s, "binding.measurement"), "session", demand(s, "binding.session"));

	if (root != NULL && s->device_count != 0)
		json_object_set_new(root, "devices", json_integer(s->device_count));
	if (root != NULL && s->negotiated != NULL)
		json_object_set_new(root, "spdm", spdm(s, f != NULL));
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
	const struct tspdm_found *found = tspdm_subject_evidence(subject);
	const struct tspdm_finding *f = tspdm_found_base(found);
	enum tspdm_status status;
	json_t *root;
	char *text;

	if (f == NULL && (subject->evidence_wanted || subject->negotiated == NULL))
		return TSPDM_ERR_EVIDENCE_MISSING;
	if (f != NULL && f->status != TSPDM_OK)
		return f->status;
	for (uint32_t i = 0; i < subject->device_count; i++)
		if (subject->devices[i].finding->base.status != TSPDM_OK)
			return subject->devices[i].finding->base.status;
	root = whole(subject, found);
	text = root != NULL ? json_dumps(root, JSON_INDENT(2)) : NULL;
	json_decref(root);
	if (text == NULL)
		return TSPDM_ERR_MEMORY;
	status = take_text(out, text);
	free(text);
	return status;
}
