/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The certificate chain of a report: by the same rules as on a connection, and up to which root. */
#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include "../openssl/internal.h"
#include "core/digest.h"
#include "report.h"

/* SHA-256 of SubjectPublicKeyInfo: roots of vendors under which devices have their identity. */
static const uint8_t builtin_roots[][32] = {
	/* CN = NVIDIA Device Identity CA */
	{ 0xa9, 0x0c, 0x4e, 0xb5, 0xac, 0xfd, 0x3e, 0x3d, 0x03, 0xa2, 0x5d, 0xb6, 0xa2, 0x6b, 0x84, 0xf7, 0x20, 0xad,
		0x05, 0x03, 0x19, 0x6c, 0x62, 0x7c, 0x21, 0xdd, 0xd4, 0x8d, 0xd8, 0x5b, 0x06, 0xa4 },
};

/* ---- Taking the chain apart ---- */

static bool is_self_issued(struct tspdm_view der)
{
	X509 *certificate = tspdm_ossl_certificate(der);
	bool is = certificate != NULL &&
		  X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;

	X509_free(certificate);
	return is;
}

static void reverse(struct tspdm_device_finding *out)
{
	for (unsigned i = 0, j = out->certificate_count - 1; i < j; i++, j--) {
		struct tspdm_view other = out->certificates[i].der;

		out->certificates[i].der = out->certificates[j].der;
		out->certificates[j].der = other;
	}
}

/* Chains in files stand either way round: the root is at one of the ends. */
static enum tspdm_status split(struct tspdm_view rest, struct tspdm_device_finding *out)
{
	while (rest.len != 0) {
		if (out->certificate_count == TSPDM_DEVICE_CERTIFICATES_MAX ||
			!tspdm_ossl_next_der(&rest, &out->certificates[out->certificate_count].der))
			return TSPDM_ERR_CHAIN_FORM;
		out->certificate_count++;
	}
	if (out->certificate_count == 0)
		return TSPDM_ERR_CHAIN_FORM;
	if (!is_self_issued(out->certificates[0].der) &&
		is_self_issued(out->certificates[out->certificate_count - 1].der))
		reverse(out);
	return TSPDM_OK;
}

/* ---- The root ---- */

static enum tspdm_status name_root(struct report_job *job)
{
	struct tspdm_finding *base = &job->out->base;
	X509 *root = tspdm_ossl_certificate(job->out->certificates[0].der);
	uint8_t *spki = NULL;
	struct tspdm_view view;
	int len;
	enum tspdm_status status = TSPDM_ERR_CHAIN_FORM;

	if (root == NULL)
		return status;
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(root), &spki);
	if (len > 0) {
		view = (struct tspdm_view){ spki, (size_t)len };
		status = tspdm_digest_once(job->crypto, TSPDM_HASH_SHA256, view, base->anchor_spki);
	}
	if (X509_NAME_get_text_by_NID(
		    X509_get_subject_name(root), NID_commonName, base->anchor_name, (int)sizeof base->anchor_name) < 0)
		base->anchor_name[0] = '\0';
	OPENSSL_free(spki);
	X509_free(root);
	return status;
}

static bool is_builtin(const struct report_job *job)
{
	const uint8_t *spki = job->out->base.anchor_spki;

	for (size_t i = 0; i < sizeof builtin_roots / sizeof builtin_roots[0]; i++)
		if (!job->in.no_builtin_roots && memcmp(builtin_roots[i], spki, sizeof builtin_roots[i]) == 0)
			return true;
	return false;
}

static void tell_anchor(struct report_job *job, bool is_anchored)
{
	struct tspdm_finding *base = &job->out->base;

	base->anchor = is_builtin(job) ? TSPDM_ANCHOR_BUILTIN
		       : is_anchored   ? TSPDM_ANCHOR_CONFIGURED
				       : TSPDM_ANCHOR_NONE;
	if (base->anchor != TSPDM_ANCHOR_NONE)
		tspdm_checks_add(&base->checks, "anchor", TSPDM_OK, "%s (%s)", base->anchor_name,
			tspdm_anchor_kind_name(base->anchor));
	else
		tspdm_checks_add(&base->checks, "anchor", TSPDM_ERR_EVIDENCE_ANCHOR,
			"%s is no root that is trusted; give it with --trust if it is the vendor's", base->anchor_name);
}

/* ---- Judging it ---- */

static void append(uint8_t *to, size_t *at, struct tspdm_view bytes)
{
	memcpy(to + *at, bytes.ptr, bytes.len);
	*at += bytes.len;
}

static enum tspdm_status keep_key(struct report_job *job)
{
	struct tspdm_device_finding *out = job->out;
	struct tspdm_buffer spki = { .ptr = out->spki, .cap = sizeof out->spki };

	TSPDM_TRY(job->crypto->ops->public_key_spki(job->crypto, job->leaf_key, &spki));
	out->spki_len = spki.len;
	return TSPDM_OK;
}

/* `room` takes the chain, root first. */
static enum tspdm_status judge(struct report_job *job, uint8_t *room)
{
	struct tspdm_device_finding *out = job->out;
	const struct tspdm_view root = out->certificates[0].der;
	uint8_t root_hash[TSPDM_HASH_MAX];
	struct tspdm_chain_check check = {
		.root_hash = { root_hash, tspdm_algorithm_size(TSPDM_KIND_HASH, TSPDM_HASH_SHA384) },
		.hash = TSPDM_HASH_SHA384, /* of a file, which has no RootHash: made here */
		.asym = job->fits,
		.anchors = job->in.anchors,
		.time = job->in.time,
		.is_alias = job->vca.is_alias,
		.allow_unanchored = true, /* told by a check of its own */
	};
	struct tspdm_chain_result result;
	size_t len = 0;
	enum tspdm_status status;

	for (unsigned i = 0; i < out->certificate_count; i++)
		append(room, &len, out->certificates[i].der);
	check.certificates = (struct tspdm_view){ room, len };
	TSPDM_TRY(tspdm_digest_once(job->crypto, check.hash, root, root_hash));
	status = job->crypto->ops->check_chain(job->crypto, &check, &result);
	if (status != TSPDM_OK) {
		tspdm_checks_add(&out->base.checks, "chain", status, "certificate %u: %s", result.failed_at,
			tspdm_status_text(status));
		return status;
	}
	job->leaf_key = result.leaf_key;
	tspdm_checks_add(&out->base.checks, "chain", TSPDM_OK, "%u certificates", out->certificate_count);
	TSPDM_TRY(keep_key(job));
	TSPDM_TRY(name_root(job));
	tell_anchor(job, result.is_anchored);
	return TSPDM_OK;
}

enum tspdm_status tspdm_report_check_chain(struct report_job *job)
{
	enum tspdm_status status = split(job->in.certificates, job->out);
	uint8_t *room;

	if (status != TSPDM_OK) {
		tspdm_checks_add(&job->out->base.checks, "chain", status, "the chain is not a list of certificates");
		return status;
	}
	room = malloc(job->in.certificates.len);
	if (room == NULL)
		return TSPDM_ERR_MEMORY;
	status = judge(job, room);
	free(room);
	return status;
}
