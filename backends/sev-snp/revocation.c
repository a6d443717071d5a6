/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Revocation of the intermediate by CRLs of the root. Endorsement keys all have serial number 0, so no CRL can name
 * one; that happened to an intermediate already (Genoa, serial 20001). RFC 5280 "CRL validation". */
#include <openssl/bn.h>
#include <openssl/err.h>

#include "paths.h"

struct tally {
	unsigned good, revoked, stale, bad;
};

/* Each CRL is asked alone: an old or a foreign one beside a good one neither hides nor forges anything. */
static void ask_crl(const struct snp_chain *chain, X509_CRL *crl, int64_t time, struct tally *tally)
{
	struct snp_path_result path;
	EVP_PKEY *key = X509_get0_pubkey(chain->root);

	if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(chain->root)) != 0)
		return;
	if (key == NULL || X509_CRL_verify(crl, key) != 1) {
		tally->bad++;
		return;
	}
	tspdm_snp_path_verify(chain->ca, NULL, chain->root, crl, time, &path);
	if (path.revoked)
		tally->revoked++;
	else if (path.crl_stale)
		tally->stale++;
	else if (path.crl_error != 0 || path.error != X509_V_OK)
		tally->bad++;
	else
		tally->good++;
}

static void tell_revoked(const struct snp_chain *chain, struct tspdm_checks *checks)
{
	BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(chain->ca), NULL);
	char *digits = serial != NULL ? BN_bn2hex(serial) : NULL;
	char name[X509_NAME_TEXT_MAX];

	tspdm_x509_common_name(X509_get_subject_name(chain->ca), name);
	tspdm_checks_add(checks, "revocation", TSPDM_ERR_REVOKED,
		"%s with the serial number 0x%s is revoked; fetch the new one from "
		"https://kdsintf.amd.com/%s/v1/%s/cert_chain",
		name, digits != NULL ? digits : "?", tspdm_snp_kds_kind(chain->is_vlek),
		tspdm_snp_product_name(chain->product));
	OPENSSL_free(digits);
	BN_free(serial);
}

bool tspdm_snp_check_revocation(const struct snp_chain *chain, const struct snp_pool *pool, bool require, int64_t time,
	struct tspdm_checks *checks)
{
	const char *kind = tspdm_snp_kds_kind(chain->is_vlek);
	const char *product = tspdm_snp_product_name(chain->product);
	struct tally tally = { 0 };

	for (unsigned i = 0; i < pool->crl_count && chain->root != NULL; i++)
		ask_crl(chain, pool->crls[i], time, &tally);
	ERR_clear_error();
	if (tally.revoked != 0)
		tell_revoked(chain, checks);
	else if (tally.good != 0)
		tspdm_checks_add(checks, "revocation", TSPDM_OK, "the root's CRL does not name the intermediate");
	else if (tally.stale != 0)
		tspdm_checks_add(checks, "revocation", TSPDM_ERR_COLLATERAL,
			"the CRL is not valid at this time; fetch a new one from https://kdsintf.amd.com/%s/v1/%s/crl",
			kind, product);
	else if (tally.bad != 0)
		tspdm_checks_add(checks, "revocation", TSPDM_ERR_COLLATERAL,
			"the CRL is not one that the root signed; fetch it from https://kdsintf.amd.com/%s/v1/%s/crl",
			kind, product);
	else if (require)
		tspdm_checks_add(checks, "revocation", TSPDM_ERR_COLLATERAL,
			"there is no CRL of the root, but one is required; fetch it from "
			"https://kdsintf.amd.com/%s/v1/%s/crl",
			kind, product);
	else
		tspdm_checks_skip(checks, "revocation", "no CRL was given");
	return tally.good != 0 && tally.revoked == 0;
}
