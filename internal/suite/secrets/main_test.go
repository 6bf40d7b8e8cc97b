// Package secrets_test tests that errors, log records and values never show the token or a QR code.
//
// [TestValues_printNoSecret] combines three lists, each in a file of its own:
//
//   - samples_test.go: values of every exported type, in every state that a program can obtain. Many are results of
//     responses that repeat the token and a QR code, and are in failures_test.go.
//   - renderings_test.go: every way to print a value. That is each verb of fmt, handler of slog and encoder, for the
//     value itself and inside of pointers, fields, slices, maps and errors.
//   - needles_test.go: every form that a part of a secret can have in the printed text.
//
// The other tests search their own texts for the same needles.
package secrets_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
