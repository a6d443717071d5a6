/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Path validation by OpenSSL with one trusted root (RFC 5280), names and CA flags of AMD's chains, and the CRL. */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "paths.h"

/* Sorts a complaint. Always goes on, so that all of them are heard; the caller decides by what was recorded. */
static int on_verify(int ok, X509_STORE_CTX *context)
{
	struct snp_path_result *result = X509_STORE_CTX_get_app_data(context);

	if (ok == 1)
		return 1;
	switch (X509_STORE_CTX_get_error(context)) {
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED:
		result->time_failed = true;
		break;
	case X509_V_ERR_CERT_REVOKED:
		result->revoked = true;
		break;
	case X509_V_ERR_CRL_NOT_YET_VALID:
	case X509_V_ERR_CRL_HAS_EXPIRED:
		result->crl_stale = true;
		break;
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
	case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
	case X509_V_ERR_CRL_SIGNATURE_FAILURE:
	case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
	case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
	case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
	case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
	case X509_V_ERR_DIFFERENT_CRL_SCOPE:
	case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
		result->crl_error = X509_STORE_CTX_get_error(context);
		break;
	default:
		if (result->error == X509_V_OK) {
			result->error = X509_STORE_CTX_get_error(context);
			result->depth = X509_STORE_CTX_get_error_depth(context);
		}
		break;
	}
	return 1;
}

static bool set_up(X509_STORE_CTX *context, X509 *root, X509_CRL *crl, int64_t time)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
	unsigned long flags = X509_V_FLAG_CHECK_SS_SIGNATURE | (crl != NULL ? X509_V_FLAG_CRL_CHECK : 0);

	X509_VERIFY_PARAM_set_time(param, (time_t)time);
	X509_VERIFY_PARAM_set_depth(param, 1); /* one intermediate between endorsement key and root */
	X509_VERIFY_PARAM_set_auth_level(param, 2);
	return X509_VERIFY_PARAM_set_flags(param, flags) == 1 &&
	       X509_STORE_add_cert(X509_STORE_CTX_get0_store(context), root) == 1 &&
	       (crl == NULL || X509_STORE_add_crl(X509_STORE_CTX_get0_store(context), crl) == 1);
}

void tspdm_snp_path_verify(
	X509 *leaf, X509 *intermediate, X509 *root, X509_CRL *crl, int64_t time, struct snp_path_result *out)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	STACK_OF(X509) *untrusted = sk_X509_new_null();
	bool done = store != NULL && context != NULL && untrusted != NULL;

	*out = (struct snp_path_result){ .error = X509_V_OK };
	if (done && intermediate != NULL)
		done = sk_X509_push(untrusted, intermediate) > 0;
	if (done)
		done = X509_STORE_CTX_init(context, store, leaf, untrusted) == 1;
	if (done)
		done = X509_STORE_CTX_set_app_data(context, out) == 1 && set_up(context, root, crl, time);
	if (done) {
		X509_STORE_CTX_set_verify_cb(context, on_verify);
		done = X509_verify_cert(context) == 1 &&
		       sk_X509_num(X509_STORE_CTX_get0_chain(context)) == (intermediate != NULL ? 3 : 2);
	}
	if (!done && out->error == X509_V_OK)
		out->error = X509_V_ERR_UNSPECIFIED;
	sk_X509_free(untrusted); /* what is in it is borrowed */
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	ERR_clear_error();
}

/* A version 2 report does not tell its product: the certificates that are there may, else it is Milan or Genoa. */
static enum tspdm_snp_product product_for_address(
	const struct snp_chain *chain, const struct tspdm_snp_report *report, const char **remark)
{
	enum tspdm_snp_product product = tspdm_snp_product_of(report);

	*remark = "";
	if (product == TSPDM_SNP_UNKNOWN)
		product = chain->hint;
	if (product == TSPDM_SNP_UNKNOWN && tspdm_snp_layout_of(product, report) == TSPDM_SNP_TURIN)
		return TSPDM_SNP_TURIN;
	if (product != TSPDM_SNP_UNKNOWN)
		return product;
	*remark = " (or with Genoa for Milan: the report does not tell)";
	return TSPDM_SNP_MILAN;
}

static void tell_missing_ek(const struct snp_chain *chain, const struct tspdm_snp_report *report, char why[SNP_WHY_MAX])
{
	const char *remark;
	enum tspdm_snp_product product = product_for_address(chain, report, &remark);
	char url[SNP_URL_MAX];

	if (report->signing_key == TSPDM_SNP_VLEK) {
		snprintf(why, SNP_WHY_MAX,
			"there is no VLEK certificate; the cloud provider puts it into the "
			"certificate table (auxblob) of the guest");
		return;
	}
	if (tspdm_snp_is_zero((struct tspdm_view){ report->chip_id, sizeof report->chip_id })) {
		snprintf(why, SNP_WHY_MAX,
			"there is no VCEK certificate, and CHIP_ID is masked, so that it cannot be "
			"fetched; take it from the certificate table (auxblob) of the guest");
		return;
	}
	tspdm_snp_ek_url(product, report, url);
	snprintf(why, SNP_WHY_MAX, "there is no VCEK certificate; fetch it from %s%s", url, remark);
}

enum tspdm_status tspdm_snp_chain_missing(
	const struct snp_chain *chain, const struct tspdm_snp_report *report, char why[SNP_WHY_MAX])
{
	const char *remark;
	const char *name = tspdm_snp_product_name(product_for_address(chain, report, &remark));
	char issuer[X509_NAME_TEXT_MAX];

	why[0] = '\0';
	if (chain->ek == NULL) {
		tell_missing_ek(chain, report, why);
		return TSPDM_ERR_COLLATERAL;
	}
	if (chain->ca == NULL) {
		tspdm_x509_common_name(X509_get_issuer_name(chain->ek), issuer);
		snprintf(why, SNP_WHY_MAX,
			"there is no certificate of the intermediate \"%s\"; fetch it from "
			"https://kdsintf.amd.com/%s/v1/%s/cert_chain",
			issuer, tspdm_snp_kds_kind(chain->is_vlek), name);
	} else if (chain->root == NULL) {
		tspdm_x509_common_name(X509_get_issuer_name(chain->ca), issuer);
		snprintf(why, SNP_WHY_MAX,
			"there is no certificate of the root \"%s\"; fetch it from "
			"https://kdsintf.amd.com/%s/v1/%s/cert_chain",
			issuer, tspdm_snp_kds_kind(chain->is_vlek), name);
	}
	return why[0] == '\0' ? TSPDM_OK : TSPDM_ERR_COLLATERAL;
}

static bool is_ca(X509 *certificate)
{
	uint32_t usage = X509_get_key_usage(certificate); /* all ones where there is no such extension */

	return X509_check_ca(certificate) == 1 && (usage & KU_KEY_CERT_SIGN) != 0;
}

static const char *label(int depth)
{
	static const char *const labels[] = { "the endorsement key's certificate", "the intermediate", "the root" };

	return depth >= 0 && depth < 3 ? labels[depth] : "a certificate";
}

enum tspdm_status tspdm_snp_chain_fault(
	const struct snp_chain *chain, const struct snp_path_result *path, char why[SNP_WHY_MAX])
{
	char ca[X509_NAME_TEXT_MAX];
	char root[X509_NAME_TEXT_MAX];
	const char *prefix = chain->is_vlek ? "SEV-VLEK-" : "SEV-";

	tspdm_x509_common_name(X509_get_subject_name(chain->ca), ca);
	tspdm_x509_common_name(X509_get_subject_name(chain->root), root);
	if (path->error != X509_V_OK) {
		snprintf(why, SNP_WHY_MAX, "%s (%s over %s over %s): %s", label(path->depth), root, ca,
			chain->is_vlek ? "SEV-VLEK" : "SEV-VCEK", X509_verify_cert_error_string(path->error));
		return TSPDM_ERR_EVIDENCE_CHAIN;
	}
	if (!is_ca(chain->ca) || !is_ca(chain->root)) {
		snprintf(why, SNP_WHY_MAX, "%s or %s may not sign certificates", ca, root);
		return TSPDM_ERR_EVIDENCE_CHAIN;
	}
	if (chain->product == TSPDM_SNP_UNKNOWN || tspdm_snp_product_of_name(ca, prefix) != chain->product) {
		snprintf(why, SNP_WHY_MAX,
			"the names \"%s\" and \"%s\" are not those of an ARK and of the intermediate for a %s of one "
			"product",
			root, ca, chain->is_vlek ? "VLEK" : "VCEK");
		return TSPDM_ERR_EVIDENCE_CHAIN;
	}
	snprintf(why, SNP_WHY_MAX, "%s, %s, %s", root, ca, chain->is_vlek ? "SEV-VLEK" : "SEV-VCEK");
	return TSPDM_OK;
}
