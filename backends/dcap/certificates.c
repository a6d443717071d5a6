/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reading certificates and CRLs, strictly: what is evidence or collateral has to be exactly what was published. */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "internal.h"

void tspdm_dcap_certificates_free(struct dcap_certificates *list)
{
	for (unsigned i = 0; i < list->count; i++)
		X509_free(list->items[i]);
	*list = (struct dcap_certificates){ 0 };
}

/* PEM_read_bio() and not a function that also decrypts: nobody is asked for a passphrase here. */
static X509 *next_certificate(BIO *bio)
{
	char *name = NULL;
	char *header = NULL;
	unsigned char *der = NULL;
	long len = 0;
	X509 *certificate = NULL;

	if (PEM_read_bio(bio, &name, &header, &der, &len) == 1) {
		const unsigned char *next = der;

		certificate = d2i_X509(NULL, &next, len);
		if (certificate != NULL && next != der + len) {
			X509_free(certificate);
			certificate = NULL;
		}
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	return certificate;
}

static void read_all(struct tspdm_view pem, struct dcap_certificates *out)
{
	BIO *bio = pem.len <= INT_MAX ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;
	X509 *certificate;

	while (bio != NULL && out->count < DCAP_CERTIFICATES_MAX && (certificate = next_certificate(bio)) != NULL)
		out->items[out->count++] = certificate;
	BIO_free(bio);
	ERR_clear_error();
}

/* Whether `text` is `canonical` but for carriage returns, and for line ends and zeros after the last line. */
static bool is_same_text(struct tspdm_view text, struct tspdm_view canonical)
{
	size_t k = 0;

	while (text.len != 0 && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\0'))
		text.len--;
	while (canonical.len != 0 && canonical.ptr[canonical.len - 1] == '\n')
		canonical.len--;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\r')
			continue;
		if (k == canonical.len || text.ptr[i] != canonical.ptr[k++])
			return false;
	}
	return k == canonical.len;
}

static bool is_canonical(struct tspdm_view pem, const struct dcap_certificates *list)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool ok = bio != NULL;
	char *text = NULL;
	long len;

	for (unsigned i = 0; i < list->count && ok; i++)
		ok = PEM_write_bio_X509(bio, list->items[i]) == 1;
	len = ok ? BIO_get_mem_data(bio, &text) : 0;
	ok = len > 0 && is_same_text(pem, (struct tspdm_view){ (const uint8_t *)text, (size_t)len });
	BIO_free(bio);
	return ok;
}

bool tspdm_dcap_read_pem(struct tspdm_view pem, struct dcap_certificates *out)
{
	*out = (struct dcap_certificates){ 0 };
	if (pem.len == 0)
		return false;
	read_all(pem, out);
	if (out->count != 0 && is_canonical(pem, out))
		return true;
	tspdm_dcap_certificates_free(out);
	ERR_clear_error();
	return false;
}

bool tspdm_dcap_read_roots(struct tspdm_view bytes, struct dcap_certificates *out)
{
	const unsigned char *next = bytes.ptr;
	X509 *certificate;

	*out = (struct dcap_certificates){ 0 };
	if (bytes.len == 0 || bytes.len > INT_MAX)
		return false;
	certificate = d2i_X509(NULL, &next, (long)bytes.len);
	if (certificate != NULL)
		out->items[out->count++] = certificate;
	else
		read_all(bytes, out);
	ERR_clear_error();
	return out->count != 0;
}

static X509_CRL *crl_of_der(const unsigned char *der, long len)
{
	const unsigned char *next = der;
	X509_CRL *crl = d2i_X509_CRL(NULL, &next, len);

	if (crl != NULL && next != der + len) {
		X509_CRL_free(crl);
		crl = NULL;
	}
	return crl;
}

X509_CRL *tspdm_dcap_read_crl(struct tspdm_view bytes)
{
	X509_CRL *crl = NULL;
	BIO *bio;

	if (bytes.len == 0 || bytes.len > INT_MAX)
		return NULL;
	if (bytes.ptr[0] == 0x30) {
		crl = crl_of_der(bytes.ptr, (long)bytes.len);
	} else {
		bio = BIO_new_mem_buf(bytes.ptr, (int)bytes.len);
		crl = bio != NULL ? PEM_read_bio_X509_CRL(bio, NULL, NULL, (void *)(uintptr_t) "") : NULL;
		BIO_free(bio);
	}
	ERR_clear_error();
	return crl;
}

bool tspdm_dcap_is_p256(const X509 *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	char group[32] = "";

	return key != NULL && EVP_PKEY_is_a(key, "EC") == 1 &&
	       EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 && strcmp(group, "prime256v1") == 0 &&
	       X509_get_signature_nid(certificate) == NID_ecdsa_with_SHA256;
}

int64_t tspdm_dcap_time(const ASN1_TIME *time)
{
	struct tm tm;

	return time != NULL && ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : -1;
}

void tspdm_dcap_time_text(int64_t when, char out[DCAP_TIME_TEXT])
{
	time_t at = (time_t)when;
	struct tm tm;

	if (gmtime_r(&at, &tm) == NULL || strftime(out, DCAP_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		memcpy(out, "?", 2);
}

bool tspdm_dcap_is_valid_at(const X509 *certificate, int64_t time)
{
	int64_t from = tspdm_dcap_time(X509_get0_notBefore(certificate));
	int64_t to = tspdm_dcap_time(X509_get0_notAfter(certificate));

	return from >= 0 && to >= 0 && from <= time && time <= to;
}
