/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The key "device" of a verdict: what was signed, and each certificate with what it says. docs/policy.md describes the
 * form. */
#include "device_json.h"

#include <openssl/objects.h>

#include <tspdm/openssl.h>

#include "json_hex.h"

static json_t *hex_or_null(struct tspdm_view bytes)
{
	return bytes.len != 0 ? tspdm_json_hex(bytes) : json_null();
}

/* Texts of certificates are UTF-8, which was checked when they were read. */
static json_t *text_or_null(struct tspdm_view text)
{
	return text.len != 0 ? json_stringn((const char *)text.ptr, text.len) : json_null();
}

static json_t *number_or_null(bool has, uint64_t number)
{
	if (!has)
		return json_null();
	return number <= INT64_MAX ? json_integer((json_int_t)number)
				   : json_sprintf("%llu", (unsigned long long)number);
}

static json_t *algorithm(enum tspdm_algorithm_kind kind, uint32_t bit)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_bit(kind, bit);

	return row != NULL ? json_string(row->name) : json_null();
}

/* Appends and lets go of the list where either of the two is missing. */
static json_t *appended(json_t *list, json_t *item)
{
	if (list != NULL && json_array_append_new(list, item) == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *flags(bool has, uint32_t bits)
{
	json_t *list;

	if (!has)
		return json_null();
	list = json_array();
	for (unsigned bit = 0; list != NULL && bit < 32; bit++)
		if ((bits & 1U << bit) != 0)
			list = appended(list, tspdm_dice_flag_name(bit) != NULL ? json_string(tspdm_dice_flag_name(bit))
										: json_sprintf("bit %u", bit));
	return list;
}

/* The name of a hash that SPDM has; else its OID. */
static json_t *hash_name(const struct tspdm_dice_fwid *fwid)
{
	char text[80] = "";
	const unsigned char *at = fwid->oid.ptr;
	ASN1_OBJECT *object;

	if (fwid->hash != 0)
		return algorithm(TSPDM_KIND_HASH, fwid->hash);
	at -= 2; /* tag and length stand before: an OID of a FWID is short */
	object = fwid->oid.len < 128 ? d2i_ASN1_OBJECT(NULL, &at, (long)fwid->oid.len + 2) : NULL;
	if (object != NULL)
		OBJ_obj2txt(text, sizeof text, object, 1);
	ASN1_OBJECT_free(object);
	return json_string(text);
}

static json_t *fwids(const struct tspdm_dice_fwid *items, unsigned count)
{
	json_t *list = json_array();

	for (unsigned i = 0; list != NULL && i < count; i++)
		list = appended(list, json_pack("{s:o, s:o}", "hash", hash_name(&items[i]), "digest",
					      tspdm_json_hex(items[i].digest)));
	return list;
}

static json_t *registers(const struct tspdm_dice_tcb_info *info)
{
	json_t *list = json_array();

	for (unsigned i = 0; list != NULL && i < info->register_count; i++) {
		const struct tspdm_dice_register *r = &info->registers[i];

		list = appended(list, json_pack("{s:o, s:o, s:o}", "name", text_or_null(r->name), "number",
					      number_or_null(r->has_number, r->number), "digests",
					      fwids(r->digests, r->digest_count)));
	}
	return list;
}

static json_t *tcb_info(const struct tspdm_dice_tcb_info *info)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "form",
		info->form == TSPDM_DICE_COMPOSITE ? "composite" : "tcg", "vendor", text_or_null(info->vendor), "model",
		text_or_null(info->model), "version", text_or_null(info->version), "svn",
		number_or_null(info->has_svn, info->svn), "layer", number_or_null(info->has_layer, info->layer),
		"index", number_or_null(info->has_index, info->index), "fwids", fwids(info->fwids, info->fwid_count),
		"flags", flags(info->has_flags, info->flags), "flags_mask",
		flags(info->has_flags_mask, info->flags_mask), "vendor_info", hex_or_null(info->vendor_info), "type",
		hex_or_null(info->type), "registers", registers(info), "device_key", hex_or_null(info->device_key));
}

static json_t *tcb_infos(const struct tspdm_dice *dice)
{
	json_t *list = json_array();

	for (unsigned i = 0; list != NULL && i < dice->tcb_info_count; i++)
		list = appended(list, tcb_info(&dice->tcb_infos[i]));
	return list;
}

static json_t *wrapper_type(const struct tspdm_dice_wrapper *w)
{
	json_t *text = w->type[0] != '\0' ? json_string(w->type) : NULL;

	return text != NULL ? text : json_null();
}

static json_t *wrappers(const struct tspdm_dice *dice)
{
	json_t *list = json_array();

	for (unsigned i = 0; list != NULL && i < dice->wrapper_count; i++) {
		const struct tspdm_dice_wrapper *w = &dice->wrappers[i];

		list = appended(list,
			json_pack("{s:s, s:o, s:o, s:o, s:I}", "form", tspdm_dice_wrapper_form_name(w->form), "type",
				wrapper_type(w), "number", number_or_null(true, w->number), "indicator",
				number_or_null(w->indicator != 0, w->indicator), "length", (json_int_t)w->whole.len));
	}
	return list;
}

static json_t *certificate(const struct tspdm_device_certificate *c)
{
	char subject[256];
	json_t *name = NULL;

	if (tspdm_openssl_subject(c->der, subject, sizeof subject) == TSPDM_OK)
		name = json_string(subject);
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "subject", name != NULL ? name : json_null(), "device_info",
		text_or_null(c->dice.device_info), "ueid", hex_or_null(c->dice.ueid), "tcb_infos", tcb_infos(&c->dice),
		"wrappers", wrappers(&c->dice));
}

static json_t *certificates(const struct tspdm_device_finding *f)
{
	json_t *list = json_array();

	for (unsigned i = 0; list != NULL && i < f->certificate_count; i++)
		list = appended(list, certificate(&f->certificates[i]));
	return list;
}

json_t *tspdm_device_json(const struct tspdm_device_finding *f)
{
	if (f == NULL)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:i, s:b, s:o, s:o, s:o, s:i, s:o}", "version",
		f->version != 0 ? json_sprintf("%d.%d", f->version >> 4, f->version & 0xF) : json_null(), "asym",
		algorithm(TSPDM_KIND_ASYM, f->asym), "hash", algorithm(TSPDM_KIND_HASH, f->hash), "measurement_hash",
		algorithm(TSPDM_KIND_MEASUREMENT_HASH, f->measurement_hash), "slot", f->slot, "signed", f->is_signed,
		"requester_nonce", hex_or_null(f->requester_nonce), "responder_nonce", hex_or_null(f->responder_nonce),
		"opaque", hex_or_null(f->opaque), "blocks", (int)f->block_count, "certificates", certificates(f));
}
