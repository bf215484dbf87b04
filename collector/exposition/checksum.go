package exposition

import "hash/crc32"

// checksum is the CRC-32 of some bytes in a form that can be appended to the
// CRC-32 of any bytes that stand before them.
//
// A CRC is the remainder of a polynomial over GF(2), the message's bits being
// its coefficients. To append n bytes is to multiply what stands before by
// x^(8n) and to add what follows; the inversions at both ends of CRC-32 cancel
// out in that sum. So the CRC of a concatenation is first·x^(8n) + second.
type checksum struct {
	crc   uint32
	shift uint32 // x^(8n) modulo the CRC polynomial, n being the length
}

// newChecksum returns the checksum of size bytes whose CRC-32 (IEEE) is crc.
func newChecksum(crc uint32, size int) checksum {
	return checksum{crc: crc, shift: power(8 * uint64(size))}
}

// checksumOf returns the checksum of p.
func checksumOf(p []byte) checksum { return newChecksum(crc32.ChecksumIEEE(p), len(p)) }

// appendTo returns the CRC-32 of the bytes that crc sums up followed by the bytes that
// s sums up.
func (s checksum) appendTo(crc uint32) uint32 { return multiply(crc, s.shift) ^ s.crc }

// Polynomials are written as CRC-32 does it: the highest bit is the coefficient of
// x^0, the lowest bit the coefficient of x^31.
const (
	xPower0 = 1 << 31
	xPower1 = 1 << 30
)

// multiply returns a·b modulo the CRC polynomial.
func multiply(a, b uint32) uint32 {
	product := uint32(0)
	for ; a != 0; a <<= 1 {
		if a&xPower0 != 0 {
			product ^= b
		}
		overflow := b & 1
		b >>= 1
		if overflow != 0 {
			b ^= crc32.IEEE
		}
	}
	return product
}

// power returns x^n modulo the CRC polynomial, by squaring.
func power(n uint64) uint32 {
	result, square := uint32(xPower0), uint32(xPower1)
	for ; n != 0; n >>= 1 {
		if n&1 != 0 {
			result = multiply(result, square)
		}
		square = multiply(square, square)
	}
	return result
}
