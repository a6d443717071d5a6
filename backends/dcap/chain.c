/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * From the PCK certificate to a pinned root: which certificates they are, which root it is, whether they hang together
 * and are valid at the time given. Intel "SGX PCK Certificate and Certificate Revocation List Profile Specification". */
#include <stdio.h>
#include <string.h>

#include <openssl/x509_vfy.h>

#include "internal.h"

/* SHA-256 of the SubjectPublicKeyInfo of the Intel SGX Root CA: of the key, since its certificate was issued twice. */
static const uint8_t builtin_root[32] = { 0xa0, 0xaf, 0x03, 0x12, 0x89, 0xf5, 0xd5, 0xd4, 0x13, 0x2f, 0x91, 0x86, 0x06,
	0x8a, 0x7f, 0xc1, 0x36, 0x28, 0x63, 0x3b, 0xa2, 0x35, 0x77, 0x74, 0x72, 0xe2, 0x9b, 0x6b, 0x6c, 0x67, 0xa4,
	0x9e };

static bool is_configured(const uint8_t spki[32], const struct dcap_certificates *roots)
{
	for (unsigned i = 0; i < roots->count; i++) {
		uint8_t digest[32];

		if (tspdm_x509_spki_digest(roots->items[i], digest) && memcmp(digest, spki, 32) == 0)
			return true;
	}
	return false;
}

/* What a root is to us, by its key. The software TEE's is never taken for a configured root, even if it was named as one. */
static enum tspdm_status classify(
	const X509 *root, const struct dcap_job *job, enum tspdm_anchor_kind *kind, uint8_t spki[32])
{
	*kind = TSPDM_ANCHOR_NONE;
	if (!tspdm_x509_spki_digest(root, spki))
		return TSPDM_ERR_EVIDENCE_ANCHOR;
	if (memcmp(spki, builtin_root, sizeof builtin_root) == 0 && !job->input->no_builtin_roots) {
		*kind = TSPDM_ANCHOR_BUILTIN;
		return TSPDM_OK;
	}
	if (tspdm_dcap_is_standin_root(spki)) {
		*kind = job->input->allow_standin ? TSPDM_ANCHOR_STANDIN : TSPDM_ANCHOR_NONE;
		return job->input->allow_standin ? TSPDM_OK : TSPDM_ERR_EVIDENCE_SOFT;
	}
	if (is_configured(spki, &job->roots))
		*kind = TSPDM_ANCHOR_CONFIGURED;
	return *kind != TSPDM_ANCHOR_NONE ? TSPDM_OK : TSPDM_ERR_EVIDENCE_ANCHOR;
}

/* ---- Finding, by name: the order of the blocks is a custom only ---- */

static bool is_pck_name(const char *name)
{
	return strstr(name, "Intel SGX PCK Certificate") != NULL;
}

static bool is_issuer_name(const char *name)
{
	return strcmp(name, "Intel SGX PCK Platform CA") == 0 || strcmp(name, "Intel SGX PCK Processor CA") == 0;
}

static bool is_root_name(const char *name)
{
	return strcmp(name, "Intel SGX Root CA") == 0;
}

static X509 *pick(const struct dcap_certificates *list, bool (*is_wanted)(const char *name), const X509_NAME *issuer)
{
	for (unsigned i = 0; i < list->count; i++) {
		char name[X509_NAME_TEXT_MAX];

		tspdm_x509_common_name(X509_get_subject_name(list->items[i]), name);
		if (is_wanted(name) &&
			(issuer == NULL || X509_NAME_cmp(X509_get_subject_name(list->items[i]), issuer) == 0))
			return list->items[i];
	}
	return NULL;
}

/* The certificates of the quote, and only those; the caller's where the quote brings none. */
static bool take_given(struct dcap_job *job)
{
	const struct tspdm_quote *quote = job->quote;
	struct tspdm_view elsewhere = job->input->pck_chain;

	if (quote->certification_type == TSPDM_CERTIFICATION_PCK_CHAIN && quote->certification.len != 0)
		return tspdm_dcap_read_pem(quote->certification, &job->given);
	return elsewhere.len == 0 || tspdm_dcap_read_pem(elsewhere, &job->given);
}

static const X509_NAME *issuer_of(const X509 *certificate)
{
	return certificate != NULL ? X509_get_issuer_name(certificate) : NULL;
}

void tspdm_dcap_find_chain(struct dcap_job *job)
{
	struct dcap_certificates others;

	if (!take_given(job))
		return;
	if (tspdm_dcap_read_pem(job->input->collateral.pck_crl_issuer_chain, &others)) {
		bool is_needed = pick(&job->given, is_issuer_name, NULL) == NULL;

		for (unsigned i = 0; i < others.count && is_needed && job->given.count < DCAP_CERTIFICATES_MAX; i++) {
			(void)X509_up_ref(others.items[i]);
			job->given.items[job->given.count++] = others.items[i];
		}
		tspdm_dcap_certificates_free(&others);
	}
	job->leaf = pick(&job->given, is_pck_name, NULL);
	job->intermediate = pick(&job->given, is_issuer_name, issuer_of(job->leaf));
	job->root = pick(&job->given, is_root_name, issuer_of(job->intermediate));
	if (job->root == NULL && job->intermediate != NULL)
		job->root = pick(&job->roots, is_root_name, issuer_of(job->intermediate));
}

/* ---- Judging ---- */

static bool check_anchor(struct dcap_job *job)
{
	struct tspdm_finding *finding = job->finding;
	enum tspdm_status status;

	if (job->root == NULL) {
		tspdm_checks_skip(job->checks, "anchor", "there is no root certificate");
		return false;
	}
	status = classify(job->root, job, &finding->anchor, finding->anchor_spki);
	tspdm_x509_common_name(X509_get_subject_name(job->root), finding->anchor_name);
	if (status == TSPDM_OK)
		tspdm_checks_add(job->checks, "anchor", TSPDM_OK, "%s, %s", finding->anchor_name,
			tspdm_anchor_kind_name(finding->anchor));
	else if (status == TSPDM_ERR_EVIDENCE_SOFT)
		tspdm_checks_add(job->checks, "anchor", status,
			"this \"%s\" is the root of the software TEE: this is not hardware; allow it for trying things "
			"out "
			"only",
			finding->anchor_name);
	else
		tspdm_checks_add(job->checks, "anchor", status,
			"the key of the root \"%s\" is none of the trusted ones%s", finding->anchor_name,
			job->input->no_builtin_roots ? "" : "; Intel's genuine root would be");
	return status == TSPDM_OK;
}

static bool is_ca(X509 *certificate)
{
	uint32_t usage = X509_get_key_usage(certificate); /* all ones where there is no such extension */

	return X509_check_ca(certificate) == 1 && (usage & KU_KEY_CERT_SIGN) != 0;
}

static bool chain_is_missing(const struct dcap_job *job, char why[DCAP_WHY_MAX])
{
	bool is_theirs = job->quote->certification_type == TSPDM_CERTIFICATION_PCK_CHAIN;

	if (job->leaf != NULL && job->intermediate != NULL && job->root != NULL)
		return false;
	snprintf(why, DCAP_WHY_MAX,
		"PCK chain missing: there is no certificate of the %s%s (certification data of type %u%s)",
		job->leaf == NULL           ? "PCK"
		: job->intermediate == NULL ? "PCK issuer"
					    : "root",
		is_theirs ? "" : "; give the chain from the platform's owner or its caching service",
		job->quote->certification_type, job->quote->certification.len == 0 ? ", empty" : "");
	return true;
}

static enum tspdm_status chain_fault(struct dcap_job *job, char why[DCAP_WHY_MAX])
{
	int error;

	if (!tspdm_dcap_is_p256(job->leaf) || !tspdm_dcap_is_p256(job->intermediate) ||
		!tspdm_dcap_is_p256(job->root)) {
		snprintf(why, DCAP_WHY_MAX, "a certificate is not one of ECDSA P-256 with SHA-256");
		return TSPDM_ERR_EVIDENCE_CHAIN;
	}
	error = tspdm_dcap_path_verify(job->input->signatures, job->leaf, job->intermediate, job->root);
	if (error != X509_V_OK) {
		snprintf(why, DCAP_WHY_MAX, "%s", X509_verify_cert_error_string(error));
		return TSPDM_ERR_EVIDENCE_CHAIN;
	}
	if (!is_ca(job->intermediate) || !is_ca(job->root) || X509_check_ca(job->leaf) != 0) {
		snprintf(why, DCAP_WHY_MAX, "an issuer may not sign certificates, or the PCK's certificate may");
		return TSPDM_ERR_EVIDENCE_CHAIN;
	}
	return TSPDM_OK;
}

static bool check_links(struct dcap_job *job)
{
	char why[DCAP_WHY_MAX];
	char issuer[X509_NAME_TEXT_MAX];
	enum tspdm_status status;
	bool has_foreign = job->quote->certification_type == TSPDM_CERTIFICATION_PCK_CHAIN && job->given.count > 3;

	if (job->given.count == 0 && (job->quote->certification.len != 0 || job->input->pck_chain.len != 0) &&
		(job->quote->certification_type == TSPDM_CERTIFICATION_PCK_CHAIN || job->input->pck_chain.len != 0)) {
		tspdm_checks_add(job->checks, "chain", TSPDM_ERR_EVIDENCE_CHAIN,
			"the PCK chain is not a sequence of PEM certificates and nothing else");
		return false;
	}
	if (chain_is_missing(job, why)) {
		tspdm_checks_add(job->checks, "chain", TSPDM_ERR_COLLATERAL, "%s", why);
		return false;
	}
	status = has_foreign ? TSPDM_ERR_EVIDENCE_CHAIN : chain_fault(job, why);
	if (status != TSPDM_OK) {
		tspdm_checks_add(
			job->checks, "chain", status, "%s", has_foreign ? "more than three certificates" : why);
		return false;
	}
	tspdm_x509_common_name(X509_get_subject_name(job->intermediate), issuer);
	tspdm_checks_add(job->checks, "chain", TSPDM_OK, "Intel SGX Root CA, %s, PCK", issuer);
	return true;
}

static bool check_time(struct dcap_job *job)
{
	X509 *const line[] = { job->leaf, job->intermediate, job->root };
	char name[X509_NAME_TEXT_MAX], from[DCAP_TIME_TEXT], to[DCAP_TIME_TEXT], at[DCAP_TIME_TEXT];

	tspdm_dcap_time_text(job->input->time, at);
	for (size_t i = 0; i < sizeof line / sizeof line[0]; i++) {
		if (line[i] == NULL) {
			tspdm_checks_skip(job->checks, "chain.time", "the chain is not complete");
			return false;
		}
		if (tspdm_dcap_is_valid_at(line[i], job->input->time))
			continue;
		tspdm_x509_common_name(X509_get_subject_name(line[i]), name);
		tspdm_dcap_time_text(tspdm_dcap_time(X509_get0_notBefore(line[i])), from);
		tspdm_dcap_time_text(tspdm_dcap_time(X509_get0_notAfter(line[i])), to);
		tspdm_checks_add(job->checks, "chain.time", TSPDM_ERR_COLLATERAL,
			"%s is valid from %s to %s, but this is judged at %s; look at the clock", name, from, to, at);
		return false;
	}
	tspdm_checks_add(job->checks, "chain.time", TSPDM_OK, "all certificates are valid at %s", at);
	return true;
}

static void check_pck(struct dcap_job *job)
{
	const char *why;
	enum tspdm_status status;

	if (job->leaf == NULL) {
		tspdm_checks_skip(job->checks, "pck.extension", "there is no PCK certificate");
		return;
	}
	status = tspdm_dcap_read_pck(job->leaf, job->pck, &why);
	tspdm_dcap_note(job, "pck.extension", status, DCAP_RAN_PCK, why != NULL ? why : "");
}

void tspdm_dcap_check_chain(struct dcap_job *job)
{
	bool is_anchored = check_anchor(job);
	bool is_chained = check_links(job);
	bool is_timely = check_time(job);

	check_pck(job);
	if (!is_anchored || !is_chained) /* a root that somebody put beside his own certificates vouches for nothing */
		job->finding->anchor = TSPDM_ANCHOR_NONE;
	job->passed |= (is_anchored ? DCAP_RAN_ANCHOR : 0U) | (is_chained ? DCAP_RAN_CHAIN : 0U) |
		       (is_timely ? DCAP_RAN_TIME : 0U);
}
