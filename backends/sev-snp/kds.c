/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Addresses at AMD's key distribution service (AMD 57230). The library never connects to it; they are for messages. */
#include "internal.h"

const char *tspdm_snp_kds_kind(bool is_vlek)
{
	return is_vlek ? "vlek" : "vcek";
}

static void hex(const uint8_t *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

void tspdm_snp_ek_url(enum tspdm_snp_product product, const struct tspdm_snp_report *report, char out[SNP_URL_MAX])
{
	struct tspdm_snp_tcb tcb = tspdm_snp_tcb(product, report->reported_tcb);
	char chip[2 * SNP_HWID_LEN + 1];
	char fmc[16] = "";

	hex(report->chip_id, tcb.has_fmc ? SNP_HWID_SHORT : SNP_HWID_LEN, chip);
	if (tcb.has_fmc)
		snprintf(fmc, sizeof fmc, "fmcSPL=%02u&", tcb.fmc);
	snprintf(out, SNP_URL_MAX,
		"https://kdsintf.amd.com/vcek/v1/%s/%s?%sblSPL=%02u&teeSPL=%02u&snpSPL=%02u&ucodeSPL=%02u",
		tspdm_snp_product_name(product), chip, fmc, tcb.bootloader, tcb.tee, tcb.snp, tcb.microcode);
}
