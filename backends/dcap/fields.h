/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fields of collateral. A reader of them fails once, and remembers the first key that was missing or wrong. */
#ifndef TSPDM_DCAP_FIELDS_H
#define TSPDM_DCAP_FIELDS_H

#include <jansson.h>

#include "internal.h"

struct dcap_fields {
	const char *wrong; /* NULL: nothing yet */
};

/* The object in a text; NULL if it is none. To be released with json_decref(). */
json_t *tspdm_dcap_parse_json(struct tspdm_view text);
void tspdm_dcap_wrong(struct dcap_fields *fields, const char *key);

/* All of them: the member has to be there and to be of that kind; else zero, and the key is remembered. */
uint32_t tspdm_dcap_field_number(struct dcap_fields *fields, const json_t *object, const char *key, uint32_t max);
void tspdm_dcap_field_hex(struct dcap_fields *fields, const json_t *object, const char *key, uint8_t *out, size_t len);
const json_t *tspdm_dcap_field_object(struct dcap_fields *fields, const json_t *object, const char *key);
const json_t *tspdm_dcap_field_array(
	struct dcap_fields *fields, const json_t *object, const char *key, size_t min, size_t max);
const char *tspdm_dcap_field_text(struct dcap_fields *fields, const json_t *object, const char *key);
void tspdm_dcap_field_date(struct dcap_fields *fields, const json_t *object, const char *key, struct dcap_date *out);
/* One of Intel's words for a status. */
enum tspdm_tcb_status tspdm_dcap_field_status(struct dcap_fields *fields, const json_t *object);
/* `advisoryIDs`, which may be missing. */
void tspdm_dcap_field_advisories(struct dcap_fields *fields, const json_t *object, struct dcap_advisories *out);
/* issueDate, nextUpdate, tcbEvaluationDataNumber */
void tspdm_dcap_field_validity(struct dcap_fields *fields, const json_t *object, struct dcap_validity *out);
/* `tcbLevels` by ISVSVN, brought into order. */
void tspdm_dcap_field_isv_levels(struct dcap_fields *fields, const json_t *object, struct dcap_isv_levels *out);

#endif
