/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * From the endorsement key to a pinned ARK: which root it is, whether the certificates hang together, and whether they
 * are valid at the time given. AMD 57230 "Certificate chain", RFC 5280 "Certification path validation". */
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "internal.h"
#include "paths.h"
#include "standin.h"

/* SHA-256 of the SubjectPublicKeyInfo of AMD's roots. */
static const struct builtin_root {
	enum tspdm_snp_product product;
	uint8_t spki[32];
} builtin_roots[] = {
	{ TSPDM_SNP_MILAN,
		{ 0x9f, 0x05, 0x6b, 0xee, 0x44, 0x37, 0x7e, 0x29, 0x30, 0x8c, 0xb5, 0xff, 0xa8, 0x95, 0xbd, 0xfb, 0x62,
			0xd1, 0x88, 0x81, 0xfa, 0x6b, 0xed, 0x8d, 0x6f, 0x07, 0x5b, 0x02, 0x04, 0x08, 0x9c, 0xb9 } },
	{ TSPDM_SNP_GENOA,
		{ 0x42, 0x9a, 0x69, 0xc9, 0x42, 0x2a, 0xa2, 0x58, 0xee, 0x4d, 0x8d, 0xb5, 0xfc, 0xda, 0x9c, 0x64, 0x70,
			0xef, 0x15, 0xf8, 0xcd, 0x5a, 0x9c, 0xeb, 0xd6, 0xcb, 0xc7, 0xd9, 0x0b, 0x86, 0x38, 0x31 } },
	{ TSPDM_SNP_TURIN,
		{ 0x4f, 0x12, 0x54, 0x10, 0x56, 0x3a, 0x2a, 0xb9, 0xa5, 0x03, 0x56, 0xf9, 0x24, 0x3f, 0x6f, 0xe0, 0xb6,
			0xf7, 0x3d, 0xe9, 0x86, 0x03, 0xf5, 0x3f, 0x90, 0x33, 0x9c, 0x70, 0xe9, 0xd7, 0xad, 0x08 } },
};

static bool is_builtin(const uint8_t spki[32], enum tspdm_snp_product product)
{
	for (size_t i = 0; i < sizeof builtin_roots / sizeof builtin_roots[0]; i++)
		if (builtin_roots[i].product == product && memcmp(builtin_roots[i].spki, spki, 32) == 0)
			return true;
	return false;
}

static bool is_configured(const uint8_t spki[32], const struct snp_pool *roots)
{
	for (unsigned i = 0; i < roots->count; i++) {
		uint8_t digest[32];

		if (tspdm_x509_spki_digest(roots->certificates[i], digest) && memcmp(digest, spki, 32) == 0)
			return true;
	}
	return false;
}

enum tspdm_snp_product tspdm_snp_product_of_name(const char *name, const char *prefix)
{
	static const enum tspdm_snp_product products[] = { TSPDM_SNP_MILAN, TSPDM_SNP_GENOA, TSPDM_SNP_TURIN };
	size_t len = strlen(prefix);

	if (strncmp(name, prefix, len) != 0)
		return TSPDM_SNP_UNKNOWN;
	for (size_t i = 0; i < sizeof products / sizeof products[0]; i++)
		if (strcmp(name + len, tspdm_snp_product_name(products[i])) == 0)
			return products[i];
	return TSPDM_SNP_UNKNOWN;
}

static enum tspdm_snp_product root_product(const X509 *root)
{
	char name[X509_NAME_TEXT_MAX];

	tspdm_x509_common_name(X509_get_subject_name(root), name);
	return tspdm_snp_product_of_name(name, "ARK-");
}

/* What a root is to us, by its key. The software TEE's is never taken for a configured root, even if it was named as one. */
static enum tspdm_status classify(
	X509 *root, const struct snp_anchors *anchors, enum tspdm_anchor_kind *kind, uint8_t spki[32])
{
	bool is_amds;

	*kind = TSPDM_ANCHOR_NONE;
	if (!tspdm_x509_spki_digest(root, spki))
		return TSPDM_ERR_EVIDENCE_ANCHOR;
	is_amds = is_builtin(spki, root_product(root));
	if (!is_amds && tspdm_snp_is_standin_root(spki)) {
		*kind = anchors->allow_standin ? TSPDM_ANCHOR_STANDIN : TSPDM_ANCHOR_NONE;
		return anchors->allow_standin ? TSPDM_OK : TSPDM_ERR_EVIDENCE_SOFT;
	}
	if (is_amds && anchors->use_builtin)
		*kind = TSPDM_ANCHOR_BUILTIN;
	else if (is_configured(spki, &anchors->roots))
		*kind = TSPDM_ANCHOR_CONFIGURED;
	return *kind != TSPDM_ANCHOR_NONE ? TSPDM_OK : TSPDM_ERR_EVIDENCE_ANCHOR;
}

char tspdm_snp_ek_kind(const X509 *certificate)
{
	char name[X509_NAME_TEXT_MAX];

	tspdm_x509_common_name(X509_get_subject_name(certificate), name);
	if (strcmp(name, "SEV-VCEK") == 0)
		return 'c';
	return strcmp(name, "SEV-VLEK") == 0 ? 'l' : 0;
}

static bool is_valid_at(const X509 *certificate, int64_t when)
{
	time_t at = (time_t)when;
	int begun = X509_cmp_time(X509_get0_notBefore(certificate), &at); /* 0: not a time */
	int ends = X509_cmp_time(X509_get0_notAfter(certificate), &at);

	return begun < 0 && ends > 0;
}

/* ---- Picking: several keys of a chip, or old and new intermediates, may have been given ---- */

static unsigned count_eks(const struct snp_pool *pool)
{
	unsigned count = 0;

	for (unsigned i = 0; i < pool->count; i++)
		count += tspdm_snp_ek_kind(pool->certificates[i]) != 0;
	return count;
}

/* Where there is no choice no signature needs to be tried. */
static unsigned score_ek(X509 *ek, const struct tspdm_snp_report *report, struct tspdm_view bytes, bool is_only)
{
	const char *why;
	char wanted = report->signing_key == TSPDM_SNP_VLEK ? 'l' : 'c';
	char kind = tspdm_snp_ek_kind(ek);

	if (kind == 0)
		return 0;
	if (!is_only && tspdm_snp_signature_check(ek, report, bytes, &why) == TSPDM_OK)
		return 4 + (kind == wanted);
	return 1 + (kind == wanted);
}

static X509 *pick_ek(const struct snp_pool *pool, const struct tspdm_snp_report *report, struct tspdm_view bytes)
{
	bool is_only = count_eks(pool) == 1;
	X509 *best = NULL;
	unsigned best_score = 0;

	for (unsigned i = 0; i < pool->count; i++) {
		unsigned score = score_ek(pool->certificates[i], report, bytes, is_only);

		if (score > best_score) {
			best = pool->certificates[i];
			best_score = score;
		}
	}
	return best;
}

static bool is_listed(X509 *certificate, const struct snp_pool *pool)
{
	for (unsigned i = 0; i < pool->crl_count; i++) {
		X509_REVOKED *entry;

		if (X509_NAME_cmp(X509_CRL_get_issuer(pool->crls[i]), X509_get_issuer_name(certificate)) == 0 &&
			X509_CRL_get0_by_cert(pool->crls[i], &entry, certificate) == 1)
			return true;
	}
	return false;
}

static bool is_issuer_by_name(const X509 *issuer, const X509 *subject)
{
	return X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(subject)) == 0;
}

static unsigned count_issuers(const X509 *subject, const struct snp_pool *pool)
{
	unsigned count = 0;

	for (unsigned i = 0; i < pool->count; i++)
		count += is_issuer_by_name(pool->certificates[i], subject);
	return count;
}

/* Here too a signature is tried only where there is a choice; the one that is picked is verified as part of the path. */
static unsigned score_issuer(X509 *issuer, X509 *subject, bool is_only, const struct snp_pool *pool, int64_t time)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	unsigned score = 1;

	if (!is_issuer_by_name(issuer, subject))
		return 0;
	if (!is_only && key != NULL && X509_verify(subject, key) == 1)
		score += 4;
	score += is_valid_at(issuer, time) ? 1 : 0;
	score += is_listed(issuer, pool) ? 0 : 2;
	return score;
}

/* @param anchors  NULL: any issuer of `given`; else a root of either, and one that is trusted is preferred */
static X509 *pick_issuer(X509 *subject, const struct snp_pool *from, const struct snp_pool *given,
	const struct snp_anchors *anchors, int64_t time, unsigned *best_score)
{
	bool is_only =
		count_issuers(subject, given) + (anchors != NULL ? count_issuers(subject, &anchors->roots) : 0) == 1;
	X509 *best = NULL;

	for (unsigned i = 0; from != NULL && i < from->count; i++) {
		X509 *issuer = from->certificates[i];
		unsigned score = score_issuer(issuer, subject, is_only, given, time);
		enum tspdm_anchor_kind kind;
		uint8_t spki[32];

		if (score != 0 && anchors != NULL && classify(issuer, anchors, &kind, spki) == TSPDM_OK)
			score += 16;
		if (score > *best_score) {
			best = issuer;
			*best_score = score;
		}
	}
	return best;
}

/* The product of the CA certificates that are there, for an address in a message. */
static enum tspdm_snp_product guess_product(const struct snp_pool *pool)
{
	static const char *const prefixes[] = { "ARK-", "SEV-", "SEV-VLEK-" };
	enum tspdm_snp_product guess = TSPDM_SNP_UNKNOWN;

	for (unsigned i = 0; i < pool->count; i++) {
		char name[X509_NAME_TEXT_MAX];

		tspdm_x509_common_name(X509_get_subject_name(pool->certificates[i]), name);
		for (size_t k = 0; k < sizeof prefixes / sizeof prefixes[0] && guess == TSPDM_SNP_UNKNOWN; k++)
			guess = tspdm_snp_product_of_name(name, prefixes[k]);
	}
	return guess;
}

void tspdm_snp_chain_find(struct snp_chain *chain, const struct snp_pool *pool, const struct snp_anchors *anchors,
	const struct tspdm_snp_report *report, struct tspdm_view bytes, int64_t time)
{
	unsigned ca_score = 0;
	unsigned root_score = 0;
	X509 *given;

	*chain = (struct snp_chain){ .ek = pick_ek(pool, report, bytes), .hint = guess_product(pool) };
	if (chain->ek == NULL)
		return;
	chain->is_vlek = tspdm_snp_ek_kind(chain->ek) == 'l';
	chain->ca = pick_issuer(chain->ek, pool, pool, NULL, time, &ca_score);
	if (chain->ca == NULL)
		return;
	chain->root = pick_issuer(chain->ca, &anchors->roots, pool, anchors, time, &root_score);
	given = pick_issuer(chain->ca, pool, pool, anchors, time, &root_score);
	if (given != NULL)
		chain->root = given;
	if (chain->root != NULL)
		chain->product = root_product(chain->root);
	ERR_clear_error();
}

/* ---- Judging ---- */

static void check_anchor(
	const struct snp_chain *chain, const struct snp_anchors *anchors, bool *passed, struct tspdm_finding *finding)
{
	enum tspdm_status status;
	char name[X509_NAME_TEXT_MAX];

	if (chain->root == NULL) {
		tspdm_checks_add(&finding->checks, "anchor", TSPDM_ERR_COLLATERAL,
			"there is no root certificate (ARK) for this evidence; give it from the address of \"chain\"");
		return;
	}
	status = classify(chain->root, anchors, &finding->anchor, finding->anchor_spki);
	tspdm_x509_common_name(X509_get_subject_name(chain->root), name);
	snprintf(finding->anchor_name, sizeof finding->anchor_name, "%s", name);
	*passed = status == TSPDM_OK;
	if (status == TSPDM_OK)
		tspdm_checks_add(
			&finding->checks, "anchor", TSPDM_OK, "%s, %s", name, tspdm_anchor_kind_name(finding->anchor));
	else if (status == TSPDM_ERR_EVIDENCE_SOFT)
		tspdm_checks_add(&finding->checks, "anchor", status,
			"%s is the root of the software TEE: this is not hardware; allow it for trying things out only",
			name);
	else
		tspdm_checks_add(&finding->checks, "anchor", status,
			"the key of the root \"%s\" is none of the trusted ones%s", name,
			anchors->use_builtin ? "; a genuine AMD root would be" : "");
}

static void check_chain(const struct snp_chain *chain, const struct tspdm_snp_report *report,
	const struct snp_path_result *path, bool *passed, struct tspdm_checks *checks)
{
	char why[SNP_WHY_MAX];
	enum tspdm_status status = tspdm_snp_chain_missing(chain, report, why);

	if (status == TSPDM_OK)
		status = tspdm_snp_chain_fault(chain, path, why);
	*passed = status == TSPDM_OK;
	tspdm_checks_add(checks, "chain", status, "%s", why);
}

static void print_time(char out[32], const struct tm *tm)
{
	if (strftime(out, 32, "%Y-%m-%d %H:%M:%S UTC", tm) == 0)
		out[0] = '\0';
}

static void print_asn1_time(char out[32], const ASN1_TIME *time)
{
	struct tm tm;

	snprintf(out, 32, "?");
	if (ASN1_TIME_to_tm(time, &tm) == 1)
		print_time(out, &tm);
}

static void print_unix_time(char out[32], int64_t when)
{
	time_t at = (time_t)when;
	struct tm tm;

	snprintf(out, 32, "?");
	if (gmtime_r(&at, &tm) != NULL)
		print_time(out, &tm);
}

static void tell_invalid(const X509 *certificate, int64_t time, struct tspdm_checks *checks)
{
	char name[X509_NAME_TEXT_MAX];
	char from[32];
	char to[32];
	char at[32];

	tspdm_x509_common_name(X509_get_subject_name(certificate), name);
	print_asn1_time(from, X509_get0_notBefore(certificate));
	print_asn1_time(to, X509_get0_notAfter(certificate));
	print_unix_time(at, time);
	tspdm_checks_add(checks, "chain.time", TSPDM_ERR_COLLATERAL,
		"%s is valid from %s to %s, but this is judged at %s; look at the clock, or get the certificate anew",
		name, from, to, at);
}

static void check_time(const struct snp_chain *chain, int64_t time, const struct snp_path_result *path, bool *passed,
	struct tspdm_checks *checks)
{
	X509 *const line[] = { chain->ek, chain->ca, chain->root };
	char at[32];

	for (size_t i = 0; i < sizeof line / sizeof line[0]; i++) {
		if (line[i] == NULL) {
			tspdm_checks_skip(checks, "chain.time", "the chain is not complete");
			return;
		}
		if (!is_valid_at(line[i], time)) {
			tell_invalid(line[i], time, checks);
			return;
		}
	}
	if (path->time_failed) {
		tspdm_checks_add(checks, "chain.time", TSPDM_ERR_COLLATERAL, "a certificate is not valid at this time");
		return;
	}
	print_unix_time(at, time);
	*passed = true;
	tspdm_checks_add(checks, "chain.time", TSPDM_OK, "all certificates are valid at %s", at);
}

unsigned tspdm_snp_chain_verify(const struct snp_chain *chain, const struct snp_anchors *anchors, int64_t time,
	const struct tspdm_snp_report *report, struct tspdm_finding *finding)
{
	struct snp_path_result path = { .error = X509_V_ERR_UNSPECIFIED };
	bool anchored = false;
	bool chained = false;
	bool timely = false;

	if (chain->root != NULL)
		tspdm_snp_path_verify(chain->ek, chain->ca, chain->root, NULL, time, &path);
	check_anchor(chain, anchors, &anchored, finding);
	check_chain(chain, report, &path, &chained, &finding->checks);
	check_time(chain, time, &path, &timely, &finding->checks);
	if (!anchored || !chained) /* a root that somebody put beside his own certificates vouches for nothing */
		finding->anchor = TSPDM_ANCHOR_NONE;
	return (anchored ? SNP_RAN_ANCHOR : 0U) | (chained ? SNP_RAN_CHAIN : 0U) | (timely ? SNP_RAN_TIME : 0U);
}
