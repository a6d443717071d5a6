/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a device's report says, as the key "device" of a verdict. */
#ifndef TSPDM_APPRAISAL_DEVICE_JSON_H
#define TSPDM_APPRAISAL_DEVICE_JSON_H

#include <jansson.h>

#include <tspdm/device_report.h>

/* JSON null where there is no device; NULL where memory ran out. */
json_t *tspdm_device_json(const struct tspdm_device_finding *finding);

/* Parts that verdicts and results have in common; verdict_json.c. The time is RFC 3339's. */
json_t *tspdm_json_checks(const struct tspdm_checks *list);
json_t *tspdm_json_time(int64_t seconds);

#endif
