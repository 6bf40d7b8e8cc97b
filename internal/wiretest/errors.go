package wiretest

import (
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// AssertPrintable checks that a text is one short line without the token.
func AssertPrintable(t *testing.T, text string) {
	t.Helper()
	assert.NotContains(t, text, Token)
	assert.False(t, strings.ContainsFunc(text, unicode.IsControl), "%q", text)
	assert.Less(t, len(text), 10_000)
}

// ConnectionRefused returns the error of a refused connection.
func ConnectionRefused() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// ConnectionReset returns the error of a reset connection.
func ConnectionReset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
}

// TextError is an error of a comparable type.
type TextError string

// Error returns the text.
func (e TextError) Error() string { return string(e) }

// APIError returns the APIError in the chain.
func APIError(tb testing.TB, err error) *whatspie.APIError {
	tb.Helper()
	var failed *whatspie.APIError
	require.ErrorAs(tb, err, &failed)
	return failed
}

// Sentinels returns every sentinel by its name.
func Sentinels() map[string]error {
	return map[string]error{
		"ErrInvalidRequest":     whatspie.ErrInvalidRequest,
		"ErrInvalidPackage":     whatspie.ErrInvalidPackage,
		"ErrBadRequest":         whatspie.ErrBadRequest,
		"ErrUnauthorized":       whatspie.ErrUnauthorized,
		"ErrForbidden":          whatspie.ErrForbidden,
		"ErrDeviceLimit":        whatspie.ErrDeviceLimit,
		"ErrDeviceNotFound":     whatspie.ErrDeviceNotFound,
		"ErrNotFound":           whatspie.ErrNotFound,
		"ErrDeviceConnected":    whatspie.ErrDeviceConnected,
		"ErrQRGeneration":       whatspie.ErrQRGeneration,
		"ErrQRNotReady":         whatspie.ErrQRNotReady,
		"ErrRateLimited":        whatspie.ErrRateLimited,
		"ErrRetryBudget":        whatspie.ErrRetryBudget,
		"ErrServer":             whatspie.ErrServer,
		"ErrNoResponse":         whatspie.ErrNoResponse,
		"ErrOutcomeUnknown":     whatspie.ErrOutcomeUnknown,
		"ErrDeviceUnidentified": whatspie.ErrDeviceUnidentified,
		"ErrUnexpectedResponse": whatspie.ErrUnexpectedResponse,
		"ErrResponseTooLarge":   whatspie.ErrResponseTooLarge,
		"ErrInsecureURL":        whatspie.ErrInsecureURL,
		"ErrQRCodesExhausted":   whatspie.ErrQRCodesExhausted,
		"ErrDeviceSuspended":    whatspie.ErrDeviceSuspended,
	}
}

// AssertSentinels checks that err matches exactly these sentinels.
func AssertSentinels(t *testing.T, err error, want ...error) {
	t.Helper()
	var wantNames, gotNames []string
	for name, sentinel := range Sentinels() {
		if slices.Contains(want, sentinel) {
			wantNames = append(wantNames, name)
		}
		if errors.Is(err, sentinel) {
			gotNames = append(gotNames, name)
		}
	}
	assert.ElementsMatch(t, wantNames, gotNames, "%v", err)
}
