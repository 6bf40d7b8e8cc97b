package list_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestAllCutInTheMiddleIsAnError(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.Reply{Status: 200, Body: `{"data":[{"id":1},{"id":2},{"i`, Cut: true}, wiretest.OK(`{"data":[]}`))
	ids, err := wiretest.Drain(t, s.Client(t, wiretest.NoWaits).Devices.All(t.Context()))
	assert.Equal(t, []int64{1, 2}, ids)
	wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Len(t, s.Requests(), 1, "a retry would hand the first ones out again")
	assert.True(t, wiretest.APIError(t, err).Retryable(), "the caller may range again")
	s.AssertClosed(t, 1)
}

func TestAllIsRetriedBeforeItsFirstDevice(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(
		wiretest.Reply{Status: 503},
		wiretest.Reply{Status: 200, Body: `{"data":[{"id":`, Cut: true},
		wiretest.OK(`{"code":500,"message":"x"}`),
		wiretest.OK(`{"data":[{"id":1}]}`),
	)
	ids, err := wiretest.Drain(t, s.Client(t, wiretest.NoWaits).Devices.All(t.Context()))
	require.NoError(t, err)
	assert.Equal(t, []int64{1}, ids)
	s.AssertClosed(t, 4)
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
			s := wiretest.NewScript(wiretest.OK(test.body))
			ids, err := wiretest.Drain(t, s.Client(t, wiretest.NoWaits).Devices.All(t.Context()))
			assert.Equal(t, []int64{1}, ids)
			wiretest.AssertSentinels(t, err, test.want...)
			assert.Len(t, s.Requests(), 1)
			s.AssertClosed(t, 1)
		})
	}
}

func TestAllReportsRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer wiretest.Reply
		want   []error
	}{
		"401":                               {wiretest.Reply{Status: 401, Body: wiretest.Fixture(t, "unauthorized_401.json")}, []error{whatspie.ErrUnauthorized}},
		"200 with code":                     {wiretest.OK(wiretest.Fixture(t, "forbidden_403.json")), []error{whatspie.ErrForbidden}},
		"status false":                      {wiretest.OK(`{"status":false}`), []error{whatspie.ErrUnexpectedResponse}},
		"500 in the body, beside a device":  {wiretest.OK(`{"code":500,"message":"x","data":{"id":7}}`), []error{whatspie.ErrServer}},
		"403 in the body, behind no device": {wiretest.OK(`{"data":[7],"code":403}`), []error{whatspie.ErrForbidden}},
		"302":                               {wiretest.Redirect(302, "https://evil.com"), []error{whatspie.ErrUnexpectedResponse}},
		"404 HTML":                          {wiretest.Reply{Status: 404, Body: "<html>"}, []error{whatspie.ErrNotFound}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ids, err := wiretest.Drain(t, wiretest.NewScript(test.answer).Client(t, wiretest.NoWaits).Devices.All(t.Context()))
			assert.Empty(t, ids)
			wiretest.AssertSentinels(t, err, test.want...)
		})
	}
}

// The body of a response that is not a list is kept for inspection, as with List.
func TestAllKeepsTheStartOfAFailure(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"<html>hello</html>":                                          "<html>hello</html>",
		`{"code":500,"message":"x"}`:                                  `{"code":500,"message":"x"}`,
		`{"data":[{"id":1}],"code":403}`:                              `{"data":[{"id":1}],"code":403}`,
		"<p>" + wiretest.Token + "</p>" + strings.Repeat("x", 50_000): "<p>[redacted]</p>" + strings.Repeat("x", 4096-len("<p></p>"+wiretest.Token)),
		`{"x":"` + strings.Repeat("x", 50_000) + `"}`:                 `{"x":"` + strings.Repeat("x", 4090),
	} {
		var response whatspie.Response
		_, err := wiretest.Drain(t, wiretest.NewScript(wiretest.OK(body)).Client(t, wiretest.NoWaits).Devices.All(t.Context(), whatspie.WithResponse(&response)))
		assert.Equal(t, want, string(wiretest.APIError(t, err).Body))
		assert.Equal(t, body[:min(len(body), 4097)], string(response.Body))
	}
}
