/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The flow through every combination that is legal: test_matrix ASYM|forms|pairs [some]
 *
 *	ASYM	a signature algorithm of the responder's: with it every version, hash, DHE group and AEAD; with `some` every pair
 *		of these. Where the environment has TSPDM_MATRIX=full, each of them with every form, too: that takes hours
 *	forms	every form, version, way of the handshake, protection, size, pace and binding, with common algorithms
 *	pairs	every pair of values of all dimensions that is legal, in as few combinations as a greedy choice needs
 *
 * DSP0274 has one key schedule only. SM2, SM3 and SM4 take part where the backend has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/spdm.h>

#include "matrix_flow.h"
#include "pair.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ALL_DIMENSIONS ((1U << MATRIX_DIMENSIONS) - 1)

enum { VALUES_MAX = 16 };

static const char *what;
static bool is_some, is_full, is_over;
static unsigned runs;

static const uint32_t versions[] = { TSPDM_V10, TSPDM_V11, TSPDM_V12 };

/* The values of a dimension. */
struct values {
	unsigned count;
	uint32_t value[VALUES_MAX];
};

static void add(struct values *all, uint32_t value)
{
	assert_true(all->count < VALUES_MAX);
	all->value[all->count++] = value;
}

static struct values values_of(enum matrix_dimension d)
{
	struct values all = { 0 };

	switch (d) {
	case MATRIX_FORM:
		for (uint32_t form = 0; form < MATRIX_FORMS; form++)
			add(&all, form);
		return all;
	case MATRIX_VERSION:
		for (size_t i = 0; i < COUNT(versions); i++)
			add(&all, versions[i]);
		return all;
	case MATRIX_ASYM:
	case MATRIX_HASH:
	case MATRIX_DHE:
	case MATRIX_AEAD:
	case MATRIX_REQ_ASYM:
		for (uint32_t bit = 1; bit < 1U << 16; bit <<= 1)
			if ((matrix_supported(d) & bit) != 0)
				add(&all, bit);
		if (d == MATRIX_DHE || d == MATRIX_REQ_ASYM)
			add(&all, 0);
		return all;
	case MATRIX_BINDING:
		for (uint32_t i = 0; i < MATRIX_BINDINGS; i++)
			add(&all, i);
		return all;
	default:
		add(&all, 0);
		add(&all, 1);
		return all;
	}
}

static void run(const struct matrix_case *c)
{
	if (!matrix_is_legal(c, ALL_DIMENSIONS))
		return;
	matrix_run(c);
	runs++;
}

/* Every value of these dimensions, the last of them fastest. */
static void run_product(struct matrix_case *c, const enum matrix_dimension *dimensions, size_t count)
{
	const struct values all = values_of(dimensions[0]);

	for (unsigned i = 0; i < all.count; i++) {
		c->value[dimensions[0]] = all.value[i];
		if (count > 1)
			run_product(c, dimensions + 1, count - 1);
		else
			run(c);
	}
}

static const enum matrix_dimension of_forms[] = { MATRIX_FORM, MATRIX_CLEAR, MATRIX_MAC_ONLY, MATRIX_CHUNKED,
	MATRIX_SLOW, MATRIX_BINDING };

/* ---- Algorithms ---- */

/* With one form, or with all; the requester's algorithm takes turns. */
static void run_algorithms(struct matrix_case *c)
{
	static unsigned turn;
	const struct values asyms = values_of(MATRIX_REQ_ASYM), all = values_of(MATRIX_FORM);

	if (!is_full || c->value[MATRIX_VERSION] == TSPDM_V10) {
		run(c);
		return;
	}
	for (unsigned i = 0; i < all.count; i++) {
		struct matrix_case rich = *c;

		rich.value[MATRIX_FORM] = i;
		rich.value[MATRIX_DHE] = i == MATRIX_PSK || i == MATRIX_PSK_ALONE ? 0 : c->value[MATRIX_DHE];
		if (i != MATRIX_CERTIFICATE && rich.value[MATRIX_DHE] != 0)
			rich.value[MATRIX_REQ_ASYM] = asyms.value[turn++ % (asyms.count - 1)];
		run_product(&rich, of_forms + 1, COUNT(of_forms) - 1);
	}
}

static void run_version(struct matrix_case *c)
{
	const struct values hashes = values_of(MATRIX_HASH), groups = values_of(MATRIX_DHE),
			    aeads = values_of(MATRIX_AEAD);

	for (unsigned h = 0; h < hashes.count; h++)
		for (unsigned g = 0; g + 1 < groups.count; g++)
			for (unsigned a = 0; a < aeads.count; a++) {
				if (is_some && (h + g) % aeads.count != a)
					continue;
				c->value[MATRIX_HASH] = hashes.value[h];
				c->value[MATRIX_DHE] = groups.value[g];
				c->value[MATRIX_AEAD] = aeads.value[a];
				run_algorithms(c);
			}
}

/* 1.0 has hashes only. */
static void run_first_version(struct matrix_case *c)
{
	const struct values hashes = values_of(MATRIX_HASH);

	for (unsigned h = 0; h < hashes.count; h++) {
		c->value[MATRIX_HASH] = hashes.value[h];
		run(c);
	}
}

static void every_combination_of_algorithms_goes(void **state)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_name(TSPDM_KIND_ASYM, what);

	(void)state;
	if (row == NULL)
		fail_msg("%s is no signature algorithm", what);
	if ((matrix_supported(MATRIX_ASYM) & row->bit) == 0) {
		print_message("# the backend has no %s\n", what);
		is_over = true;
		skip();
	}
	for (size_t i = 0; i < COUNT(versions); i++) {
		struct matrix_case c = { { 0 } };

		c.value[MATRIX_VERSION] = versions[i];
		c.value[MATRIX_ASYM] = row->bit;
		if (versions[i] == TSPDM_V10)
			run_first_version(&c);
		else
			run_version(&c);
	}
	is_over = true;
}

/* ---- Forms ---- */

static void every_form_goes(void **state)
{
	(void)state;
	for (size_t i = 1; i < COUNT(versions); i++)
		for (uint32_t form = 0; form < MATRIX_FORMS; form++) {
			struct matrix_case c = { { 0 } };

			c.value[MATRIX_FORM] = form;
			c.value[MATRIX_VERSION] = versions[i];
			c.value[MATRIX_ASYM] = TSPDM_ASYM_ECDSA_P256;
			c.value[MATRIX_HASH] = TSPDM_HASH_SHA256;
			c.value[MATRIX_DHE] = form < MATRIX_PSK ? TSPDM_DHE_SECP256R1 : 0;
			c.value[MATRIX_AEAD] = TSPDM_AEAD_AES_256_GCM;
			c.value[MATRIX_REQ_ASYM] =
				form > MATRIX_CERTIFICATE && form < MATRIX_PSK ? TSPDM_ASYM_ECDSA_P256 : 0;
			run_product(&c, of_forms + 1, COUNT(of_forms) - (is_some ? 2 : 1));
		}
	is_over = true;
}

/* ---- Every pair of values ---- */

static struct values values[MATRIX_DIMENSIONS];
static bool is_covered[MATRIX_DIMENSIONS][VALUES_MAX][MATRIX_DIMENSIONS][VALUES_MAX];

/* Indices into `values`. */
struct row {
	unsigned index[MATRIX_DIMENSIONS];
	uint32_t known;
};

static struct matrix_case case_of(const struct row *row)
{
	struct matrix_case c = { { 0 } };

	for (unsigned d = 0; d < MATRIX_DIMENSIONS; d++)
		c.value[d] = values[d].value[row->index[d]];
	return c;
}

/* The same, with one more value; false where that is illegal. */
static bool extend(const struct row *row, unsigned d, unsigned index, struct row *out)
{
	struct matrix_case c;

	*out = *row;
	out->index[d] = index;
	out->known |= 1U << d;
	c = case_of(out);
	return matrix_is_legal(&c, out->known);
}

/* How many pairs that are not covered yet a value would add. */
static unsigned gain(const struct row *row, unsigned d, unsigned index)
{
	unsigned count = 0;

	for (unsigned e = 0; e < MATRIX_DIMENSIONS; e++)
		if (e != d && (row->known >> e & 1U) != 0)
			count += !is_covered[d][index][e][row->index[e]];
	return count;
}

static bool extend_best(struct row *row, unsigned d)
{
	struct row candidate, best = *row;
	unsigned most = 0;
	bool has_any = false;

	for (unsigned i = 0; i < values[d].count; i++) {
		if (!extend(row, d, i, &candidate) || (has_any && gain(row, d, i) <= most))
			continue;
		has_any = true;
		best = candidate;
		most = gain(row, d, i);
	}
	*row = best;
	return has_any;
}

static void cover(const struct row *row)
{
	for (unsigned d = 0; d < MATRIX_DIMENSIONS; d++)
		for (unsigned e = 0; e < MATRIX_DIMENSIONS; e++)
			is_covered[d][row->index[d]][e][row->index[e]] = true;
}

/* A row with this pair. The form and the version come first, so that a value that fits these can be found for all others:
 * where there is none, no combination has the pair. */
static bool complete(unsigned d, unsigned i, unsigned e, unsigned j, struct row *row)
{
	const struct row none = { { 0 }, 0 };
	struct row one;

	if (!extend(&none, d, i, &one) || !extend(&one, e, j, row))
		return false;
	for (unsigned f = 0; f < MATRIX_DIMENSIONS; f++)
		if ((row->known >> f & 1U) == 0 && !extend_best(row, f))
			return false;
	return true;
}

static void take_values(void)
{
	for (unsigned d = 0; d < MATRIX_DIMENSIONS; d++)
		values[d] = values_of(d);
	/* 1.0 has nothing that could be paired: tested by itself */
	values[MATRIX_VERSION] = (struct values){ 2, { TSPDM_V11, TSPDM_V12 } };
}

static unsigned run_pairs(unsigned d, unsigned e)
{
	unsigned impossible = 0;
	struct row row;

	for (unsigned i = 0; i < values[d].count; i++)
		for (unsigned j = 0; j < values[e].count; j++) {
			struct matrix_case c;

			if (is_covered[d][i][e][j])
				continue;
			if (!complete(d, i, e, j, &row)) {
				impossible++;
				continue;
			}
			cover(&row);
			c = case_of(&row);
			assert_true(matrix_is_legal(&c, ALL_DIMENSIONS));
			run(&c);
		}
	return impossible;
}

static void every_pair_of_values_goes(void **state)
{
	unsigned pairs = 0, impossible = 0;

	(void)state;
	take_values();
	for (unsigned d = 0; d < MATRIX_DIMENSIONS; d++)
		for (unsigned e = d + 1; e < MATRIX_DIMENSIONS; e++) {
			pairs += values[d].count * values[e].count;
			impossible += run_pairs(d, e);
		}
	print_message("# %u pairs, %u more are illegal\n", pairs - impossible, impossible);
	is_over = true;
}

/* ---- */

static int tell(void **state)
{
	(void)state;
	if (!is_over)
		print_message("# failed with %s\n", matrix_last());
	print_message("# %u combinations\n", runs);
	pair_end();
	return 0;
}

int main(int argc, char **argv)
{
	const char *matrix = getenv("TSPDM_MATRIX");
	const struct CMUnitTest tests[] = {
		{ argc < 2 ? "" : argv[1],
			argc < 2                        ? NULL
			: strcmp(argv[1], "forms") == 0 ? every_form_goes
			: strcmp(argv[1], "pairs") == 0 ? every_pair_of_values_goes
							: every_combination_of_algorithms_goes,
			NULL, tell, NULL },
	};

	if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "some") != 0)) {
		fprintf(stderr, "usage: test_matrix ASYM|forms|pairs [some]\n");
		return 2;
	}
	what = argv[1];
	is_some = argc == 3;
	is_full = matrix != NULL && strcmp(matrix, "full") == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
