package whatspie_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

func TestAllCutInTheMiddleIsAnError(t *testing.T) {
	t.Parallel()
	s := scriptOf(reply{status: 200, body: `{"data":[{"id":1},{"id":2},{"i`, cut: true}, ok(`{"data":[]}`))
	ids, err := drain(t, s.client(t, atOnce).Devices.All(t.Context()))
	assert.Equal(t, []int64{1, 2}, ids)
	assertOnly(t, err, whatspie.ErrUnexpectedResponse)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Len(t, s.requests(), 1, "a retry would hand the first ones out again")
	assert.True(t, apiError(t, err).Retryable(), "the caller may range again")
	s.assertClosed(t, 1)
}

func TestAllIsRetriedBeforeItsFirstDevice(t *testing.T) {
	t.Parallel()
	s := scriptOf(
		reply{status: 503},
		reply{status: 200, body: `{"data":[{"id":`, cut: true},
		ok(`{"code":500,"message":"x"}`),
		ok(`{"data":[{"id":1}]}`),
	)
	ids, err := drain(t, s.client(t, atOnce).Devices.All(t.Context()))
	require.NoError(t, err)
	assert.Equal(t, []int64{1}, ids)
	s.assertClosed(t, 4)
}

func TestAllFailsWithWhatStandsBehindTheList(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want []error
	}{
		"code":           {`{"data":[{"id":1}],"code":403,"message":"Forbidden"}`, []error{whatspie.ErrForbidden}},
		"code before it": {`{"code":500,"data":[{"id":1}]}`, []error{whatspie.ErrServer}},
		"status false":   {`{"data":[{"id":1}],"status":false}`, []error{whatspie.ErrUnexpectedResponse}},
		"truncation":     {`{"data":[{"id":1}]`, []error{whatspie.ErrUnexpectedResponse}},
		"no object":      {`{"data":[{"id":1},7]}`, []error{whatspie.ErrUnexpectedResponse}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scriptOf(ok(test.body))
			ids, err := drain(t, s.client(t, atOnce).Devices.All(t.Context()))
			assert.Equal(t, []int64{1}, ids)
			assertOnly(t, err, test.want...)
			assert.Len(t, s.requests(), 1)
			s.assertClosed(t, 1)
		})
	}
}

func TestAllReportsRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer reply
		want   []error
	}{
		"401":                               {reply{status: 401, body: fixture(t, "unauthorized_401.json")}, []error{whatspie.ErrUnauthorized}},
		"200 with code":                     {ok(fixture(t, "forbidden_403.json")), []error{whatspie.ErrForbidden}},
		"status false":                      {ok(`{"status":false}`), []error{whatspie.ErrUnexpectedResponse}},
		"500 in the body, beside a device":  {ok(`{"code":500,"message":"x","data":{"id":7}}`), []error{whatspie.ErrServer}},
		"403 in the body, behind no device": {ok(`{"data":[7],"code":403}`), []error{whatspie.ErrForbidden}},
		"302":                               {redirectTo(302, "https://evil.com"), []error{whatspie.ErrUnexpectedResponse}},
		"404 HTML":                          {reply{status: 404, body: "<html>"}, []error{whatspie.ErrNotFound}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ids, err := drain(t, scriptOf(test.answer).client(t, atOnce).Devices.All(t.Context()))
			assert.Empty(t, ids)
			assertOnly(t, err, test.want...)
		})
	}
}

// The body of a response that is not a list is kept for inspection, as with List.
func TestAllKeepsTheStartOfAFailure(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"<html>hello</html>":                                 "<html>hello</html>",
		`{"code":500,"message":"x"}`:                         `{"code":500,"message":"x"}`,
		`{"data":[{"id":1}],"code":403}`:                     `{"data":[{"id":1}],"code":403}`,
		"<p>" + token + "</p>" + strings.Repeat("x", 50_000): "<p>[redacted]</p>" + strings.Repeat("x", 4096-len("<p></p>"+token)),
		`{"x":"` + strings.Repeat("x", 50_000) + `"}`:        `{"x":"` + strings.Repeat("x", 4090),
	} {
		var response whatspie.Response
		_, err := drain(t, scriptOf(ok(body)).client(t, atOnce).Devices.All(t.Context(), whatspie.WithResponse(&response)))
		assert.Equal(t, want, string(apiError(t, err).Body))
		assert.Equal(t, body[:min(len(body), 4097)], string(response.Body))
	}
}
