/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Path validation by OpenSSL with one trusted root, RFC 5280 "Certification path validation". Times are judged by the
 * caller, who can say whose certificate is meant; revocation is in revocation.c. */
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "internal.h"

static bool set_up(X509_STORE_CTX *context, X509 *root)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);

	X509_VERIFY_PARAM_set_depth(param, 1); /* one intermediate between leaf and root */
	X509_VERIFY_PARAM_set_auth_level(param, 2);
	return X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CHECK_SS_SIGNATURE | X509_V_FLAG_NO_CHECK_TIME) == 1 &&
	       X509_STORE_add_cert(X509_STORE_CTX_get0_store(context), root) == 1;
}

int tspdm_dcap_path_verify(X509 *leaf, X509 *intermediate, X509 *root)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	STACK_OF(X509) *untrusted = sk_X509_new_null();
	bool done = store != NULL && context != NULL && untrusted != NULL;
	int error = X509_V_ERR_UNSPECIFIED;

	if (done && intermediate != NULL)
		done = sk_X509_push(untrusted, intermediate) > 0;
	if (done && X509_STORE_CTX_init(context, store, leaf, untrusted) == 1 && set_up(context, root)) {
		bool ok = X509_verify_cert(context) == 1;

		error = X509_STORE_CTX_get_error(context);
		if (ok && error == X509_V_OK &&
			sk_X509_num(X509_STORE_CTX_get0_chain(context)) != (intermediate != NULL ? 3 : 2))
			error = X509_V_ERR_UNSPECIFIED;
		if (!ok && error == X509_V_OK)
			error = X509_V_ERR_UNSPECIFIED;
	}
	sk_X509_free(untrusted); /* what is in it is borrowed */
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	ERR_clear_error();
	return error;
}
