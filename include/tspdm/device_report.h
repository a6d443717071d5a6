/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Signed SPDM measurements as a portable report: request, response, what was negotiated and the certificate chain, verified
 * again by anyone, offline, without trust in who recorded them.
 *
 *	struct tspdm_device_finding *finding = malloc(sizeof *finding);
 *	struct tspdm_device_report report = { .size = sizeof report, .request = …, .response = …, .certificates = …,
 *		.time = time(NULL) };
 *	if (tspdm_device_verify(crypto, &report, finding) == TSPDM_OK)
 *		... // finding->record, finding->certificates[i].dice
 *
 * A report says what a device measured when it was asked, with the nonce of then. Whoever chose the nonce knows that it is
 * fresh; for everybody else it is a record.
 */
#ifndef TSPDM_DEVICE_REPORT_H
#define TSPDM_DEVICE_REPORT_H

#include <tspdm/crypto.h>
#include <tspdm/dice.h>
#include <tspdm/findings.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	TSPDM_DEVICE_CERTIFICATES_MAX = 16,
	TSPDM_DEVICES_MAX = 8, /**< reports beside one subject */
};

/** What a report is made of, as it is kept and handed on; the fields are those of struct tspdm_device_report. */
struct tspdm_device_record {
	struct tspdm_view request;
	struct tspdm_view response;
	struct tspdm_view vca;
	struct tspdm_view certificates;
};

/** A report and what to verify it by. Begins with its size; zero means the default. */
struct tspdm_device_report {
	size_t size;
	struct tspdm_view request;      /**< GET_MEASUREMENTS, of which the signature was asked */
	struct tspdm_view response;     /**< MEASUREMENTS, exactly */
	struct tspdm_view vca;          /**< from 1.2 on: GET_VERSION to ALGORITHMS, one behind the other, as they were sent.
	                                     Before, the signature does not cover them; if they are there they must fit */
	struct tspdm_view certificates; /**< concatenated DER with the root, root first or leaf first */
	struct tspdm_view anchors;      /**< concatenated DER of roots that are trusted */
	struct tspdm_view nonce;        /**< what the request's nonce must be; empty: it is not known */
	uint32_t asym;                  /**< algorithms, where nothing that is signed tells them (1.0, 1.1); default: any */
	uint32_t hash;                  /**<   that the key and the signature fit */
	uint32_t strict;                /**< enum tspdm_strict; default: no tolerance is taken away */
	bool no_builtin_roots;          /**< roots of vendors whose fingerprints are in the library do not count */
	uint8_t reserved[3];            /**< 0 */
	int64_t time;                   /**< seconds since 1970; must be given */
};

/** A certificate of the chain. */
struct tspdm_device_certificate {
	struct tspdm_view der;
	enum tspdm_status dice_status; /**< of tspdm_dice_read() */
	struct tspdm_dice dice;
};

/** What was found. Views of the report's memory. Large: put it on the heap. Checks, in this order: "parse", "chain", "anchor",
 * "report.signature", "report.blocks", "report.nonce", "dice". */
struct tspdm_device_finding {
	struct tspdm_finding base;
	uint8_t version;                /**< enum tspdm_version; 0: the messages could not be read */
	uint8_t slot;
	uint8_t content_changed;        /**< MEASUREMENTS Param2 bits 5:4 */
	bool is_signed;                 /**< the signature verified; without it nothing here is anybody's word */
	uint32_t asym, hash;            /**< one bit each, once the signature verified */
	uint32_t measurement_hash;      /**< of ALGORITHMS; 0: not told */
	uint32_t block_count;
	struct tspdm_view record;       /**< blocks: tspdm_next_block() */
	struct tspdm_view requester_nonce, responder_nonce;
	struct tspdm_view opaque;
	uint32_t certificate_count;
	struct tspdm_device_certificate certificates[TSPDM_DEVICE_CERTIFICATES_MAX]; /**< root first */
	size_t spki_len;
	uint8_t spki[1024];             /**< DER SubjectPublicKeyInfo of the leaf */
};

/** Verifies a report: form, certificate chain up to an anchor, signature over L1/L2 of its version, rules for blocks, and
 * reads what the certificates say.
 * @returns finding->base.status */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_device_verify(
	struct tspdm_crypto *crypto, const struct tspdm_device_report *report, struct tspdm_device_finding *finding);

/** Appends a report as the value of an item TSPDM_ITEM_DEVICE_REPORT of <tspdm/evidence_messages.h>: what an attester hands
 * on of the devices that are attached to it. Layout: request, response, VCA and certificates, each with its length before
 * it, u32, little-endian.
 * @retval TSPDM_ERR_ARGUMENT  a part is missing; only the VCA may be */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_write_device_item(
	struct tspdm_buffer *out, const struct tspdm_device_record *record);
/** Takes such a value apart. Nothing of it is verified.
 * @retval TSPDM_ERR_TRUNCATED, TSPDM_ERR_TRAILING
 * @retval TSPDM_ERR_FIELD  a part is missing */
TSPDM_API TSPDM_NODISCARD enum tspdm_status tspdm_read_device_item(
	struct tspdm_view value, struct tspdm_device_record *out);

/** Finds a block in what a finding says.
 * @retval false  there is none of this index */
struct tspdm_measurement_block;
TSPDM_API bool tspdm_device_block(
	const struct tspdm_device_finding *finding, unsigned index, struct tspdm_measurement_block *out);

#ifdef __cplusplus
}
#endif
#endif
