/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reading certificates and CRLs as people and hosts have them: DER, PEM or certificate tables, in any order. */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "internal.h"

static void take_certificate(struct snp_pool *pool, X509 *certificate)
{
	if (pool->count < SNP_POOL_CERTIFICATES) {
		pool->certificates[pool->count++] = certificate;
		return;
	}
	pool->lost++;
	X509_free(certificate);
}

static void take_crl(struct snp_pool *pool, X509_CRL *crl)
{
	if (pool->crl_count < SNP_POOL_CRLS) {
		pool->crls[pool->crl_count++] = crl;
		return;
	}
	pool->lost++;
	X509_CRL_free(crl);
}

/* Reads one object. @returns its length; 0 if it is neither certificate nor CRL */
static size_t add_der_object(struct snp_pool *pool, struct tspdm_view der)
{
	const unsigned char *next = der.ptr;
	X509 *certificate = d2i_X509(NULL, &next, (long)der.len);
	X509_CRL *crl;

	if (certificate != NULL) {
		take_certificate(pool, certificate);
		return (size_t)(next - der.ptr);
	}
	next = der.ptr;
	crl = d2i_X509_CRL(NULL, &next, (long)der.len);
	if (crl == NULL)
		return 0;
	take_crl(pool, crl);
	return (size_t)(next - der.ptr);
}

static void add_der(struct snp_pool *pool, struct tspdm_view bytes)
{
	while (bytes.len != 0 && !tspdm_snp_is_zero(bytes)) { /* buffers of page size end in zeros */
		size_t used = add_der_object(pool, bytes);

		if (used == 0) {
			pool->unreadable++;
			return;
		}
		bytes.ptr += used;
		bytes.len -= used;
	}
}

/* PEM_read_bio() and not a function that also decrypts: nobody is asked for a passphrase here. */
static void add_pem(struct snp_pool *pool, struct tspdm_view text)
{
	BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
	char *name = NULL;
	char *header = NULL;
	unsigned char *der = NULL;
	long len = 0;
	unsigned found = 0;

	while (bio != NULL && PEM_read_bio(bio, &name, &header, &der, &len) == 1) {
		found++;
		add_der(pool, (struct tspdm_view){ der, (size_t)len });
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	if (found == 0)
		pool->unreadable++;
	BIO_free(bio);
}

/* PEM files may begin with a comment. The first entry of a table is never text: its offset and length have zeros. */
static bool is_text(struct tspdm_view bytes)
{
	for (size_t i = 0; i < bytes.len && i < 24; i++)
		if (!isprint(bytes.ptr[i]) && !isspace(bytes.ptr[i]))
			return false;
	return true;
}

static void add_plain(struct snp_pool *pool, struct tspdm_view bytes)
{
	if (bytes.len == 0)
		return;
	if (bytes.len > INT_MAX)
		pool->unreadable++;
	else if (bytes.ptr[0] == 0x30 && !is_text(bytes))
		add_der(pool, bytes);
	else if (is_text(bytes))
		add_pem(pool, bytes);
	else
		pool->unreadable++;
}

void tspdm_snp_pool_add_table(struct snp_pool *pool, struct tspdm_view table)
{
	struct tspdm_snp_certificates found;

	if (tspdm_snp_read_table(table, &found) != TSPDM_OK) {
		pool->unreadable++;
		return;
	}
	add_plain(pool, found.vcek);
	add_plain(pool, found.vlek);
	add_plain(pool, found.ask);
	add_plain(pool, found.ark);
	add_plain(pool, found.crl);
	ERR_clear_error();
}

void tspdm_snp_pool_add(struct snp_pool *pool, struct tspdm_view bytes)
{
	if (bytes.len != 0 && bytes.ptr[0] != 0x30 && !is_text(bytes))
		tspdm_snp_pool_add_table(pool, bytes);
	else
		add_plain(pool, bytes);
	ERR_clear_error();
}

void tspdm_snp_pool_free(struct snp_pool *pool)
{
	for (unsigned i = 0; i < pool->count; i++)
		X509_free(pool->certificates[i]);
	for (unsigned i = 0; i < pool->crl_count; i++)
		X509_CRL_free(pool->crls[i]);
	*pool = (struct snp_pool){ 0 };
}
