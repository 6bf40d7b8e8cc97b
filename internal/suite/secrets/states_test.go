package secrets_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// blurted is a body with both secrets in every member of an envelope.
func blurted(tb testing.TB) string {
	tb.Helper()
	echo := strings.ReplaceAll(wiretest.Token, `"`, `\"`)
	return `{"code":500,"message":"bad ` + echo + `","error":"cannot draw ` + wiretest.QRDataURI(tb) + `","data":{"qr":"https://host/s3cr3t"}}`
}

func blurtedHeader(tb testing.TB) http.Header {
	tb.Helper()
	return http.Header{"X-Request-Id": {"r-" + wiretest.Token}, "Cf-Ray": {wiretest.QRDataURI(tb)}, "X-Echo": {wiretest.Token}, "Set-Cookie": {"s=s3cr3t"}, "Location": {"/codes/s3cr3t.png"}}
}

// qrResponse is what WithResponse delivers of a code.
func qrResponse(t *testing.T) whatspie.Response {
	t.Helper()
	header := blurtedHeader(t)
	header["X-Request-Id"] = []string{wiretest.QRDataURI(t)}
	s := wiretest.NewScript(wiretest.Reply{Status: http.StatusOK, Header: header, Body: `{"data":{"qr":"` + wiretest.QRDataURI(t) + `"}}`})
	var response whatspie.Response
	_, err := s.Client(t).Devices.QR(t.Context(), 7, whatspie.WithResponse(&response))
	require.NoError(t, err)
	return response
}

// failures are the errors of a QR call, each from another way to fail.
func failures(t *testing.T, opts ...whatspie.Option) map[string]*whatspie.APIError {
	t.Helper()
	found := map[string]*whatspie.APIError{}
	synctest.Test(t, func(t *testing.T) {
		for name, answer := range blurts(t) {
			found[name] = failed(t, answer, opts...)
		}
		with := func(answer wiretest.Reply, opt whatspie.Option) *whatspie.APIError {
			return failed(t, answer, append(slices.Clip(opts), opt)...)
		}
		found["too large"] = with(wiretest.Reply{Status: 403, Body: "<p>" + wiretest.Token}, whatspie.WithMaxResponseBytes(int64(len(wiretest.Token))))
		found["limiter"] = with(wiretest.OK("{}"), whatspie.WithLimiter(wiretest.LimiterFunc(func(context.Context) error { return io.ErrShortWrite })))
		found["no token"] = with(wiretest.OK("{}"), whatspie.WithTokenSource(wiretest.TokensInOrder(wiretest.Token+"\n")))
		found["token source"] = with(wiretest.Reply{Status: 503}, whatspie.WithTokenSource(failsSecondTime()))

		ctx, cancel := context.WithCancelCause(t.Context())
		cancelling := wiretest.RoundTripFunc(func(*http.Request) (*http.Response, error) {
			cancel(wiretest.TextError("gave up with " + wiretest.Token))
			return nil, io.ErrUnexpectedEOF
		})
		_, err := wiretest.NewClient(t, append(opts, wiretest.WithTransport(cancelling))...).Devices.QR(ctx, 7)
		found["cancelled"] = wiretest.APIError(t, err)

		quoting := wiretest.NewScript(wiretest.OK(`{"data":{"qr":"`+wiretest.QRDataURI(t)+`"}}`)).Client(t, opts...)
		err = quoting.Call(t.Context(), http.MethodGet, "/devices/7/qr", nil, &struct{ QR time.Time }{})
		found["a decoder that quotes"] = wiretest.APIError(t, err)
		err = quoting.Call(t.Context(), http.MethodGet, "/devices/../qr?t="+wiretest.Token, nil, nil)
		found["never sent"] = wiretest.APIError(t, err)
	})
	return found
}

// blurts are answers that repeat the secrets, and failures in place of one that do.
func blurts(t *testing.T) map[string]wiretest.Reply {
	t.Helper()
	header, body := blurtedHeader(t), blurted(t)
	dump := "GET https://host/s3cr3t with map[Authorization:[Bearer " + wiretest.Token + "]] got " + wiretest.QRDataURI(t)
	return map[string]wiretest.Reply{
		"refused":         {Status: 401, Header: header, Body: body},
		"server":          {Status: 500, Header: header, Body: body},
		"200 with a code": {Status: 200, Header: header, Body: body},
		"HTML":            {Status: 502, Header: header, Body: "<a href='https://host/s3cr3t'>" + wiretest.Token + "</a><img src=" + wiretest.QRDataURI(t) + ">"},
		"200 HTML":        {Status: 200, Header: header, Body: "<p>" + wiretest.Token + wiretest.QRDataURI(t)},
		"a picture":       {Status: 500, Header: header, Body: string(wiretest.QRPNG(t))},
		"a link to go to": {Status: 302, Header: header, Body: body},
		"text":            {Status: 404, Header: header, Body: wiretest.Token},
		"half a token":    {Status: 403, Header: header, Body: "<p>" + wiretest.Token[:len(wiretest.Token)-3], Cut: true},
		"cut":             {Status: 200, Header: header, Body: body[:len(body)/2], Cut: true},
		"stalled":         {Stall: true},
		"transport":       wiretest.Fail(wiretest.TextError(dump)),
		"another client":  wiretest.Fail(&url.Error{Op: "Get", URL: "https://host/s3cr3t?token=" + url.QueryEscape(wiretest.Token), Err: wiretest.TextError(dump)}),
	}
}

func failed(t *testing.T, answer wiretest.Reply, opts ...whatspie.Option) *whatspie.APIError {
	t.Helper()
	_, err := wiretest.NewScript(answer).Client(t, opts...).Devices.QR(t.Context(), 7)
	return wiretest.APIError(t, err)
}

// failsSecondTime returns an error that contains the token.
func failsSecondTime() whatspie.TokenSource {
	asked := 0
	return func(context.Context) (string, error) {
		if asked++; asked == 1 {
			return wiretest.Token, nil
		}
		return "", wiretest.TextError("cannot renew " + wiretest.Token)
	}
}

// unconfirmed is a creation that neither the response nor a list reveals.
func unconfirmed(t *testing.T) *whatspie.UnconfirmedError {
	t.Helper()
	var found *whatspie.UnconfirmedError
	synctest.Test(t, func(t *testing.T) {
		broken := wiretest.Reply{Status: http.StatusBadGateway, Header: blurtedHeader(t), Body: blurted(t)}
		_, err := wiretest.NewScript(wiretest.OK(`{"data":[]}`), broken).Client(t, wiretest.NoWaits).Devices.CreateConfirmed(t.Context(), wiretest.NewDevice)
		require.ErrorAs(t, err, &found)
	})
	return found
}

// pairEvents are those of a pairing with failures, a code that is taken back, another one and a phone.
func pairEvents(t *testing.T) []whatspie.PairEvent {
	t.Helper()
	var events []whatspie.PairEvent
	kinds := map[whatspie.PairEventKind]bool{}
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithToken(wiretest.Token))
		id := srv.AddDevice(whatspie.Device{Name: "n"})
		srv.Inject(whatspietest.Fault{Path: "/devices/*/qr", Status: http.StatusInternalServerError, Header: blurtedHeader(t), Body: blurted(t), Times: 5})
		time.AfterFunc(40*time.Second, func() {
			srv.Inject(whatspietest.Fault{Path: "/devices/*/qr", Status: http.StatusInternalServerError, Header: blurtedHeader(t), Body: blurted(t), Times: 6})
		})
		time.AfterFunc(70*time.Second, func() { srv.ExpireQR(id) })
		time.AfterFunc(100*time.Second, func() { srv.Scan(id) })
		for event, err := range srv.Client(wiretest.NoWaits).Devices.Pair(t.Context(), id) {
			require.NoError(t, err)
			if event.QR != nil { // the codes that the tests search for
				own, err := whatspie.ParseQRCode(wiretest.QRDataURI(t))
				require.NoError(t, err)
				event.QR = own
			}
			events, kinds[event.Kind] = append(events, event), true
		}
	})
	require.Len(t, kinds, int(whatspie.PairPaired), "every kind of event")
	return events
}

// driftsWithSecrets are reports on answers whose very names are secrets.
func driftsWithSecrets(t *testing.T) []whatspie.Drift {
	t.Helper()
	name, err := json.Marshal(wiretest.Token)
	require.NoError(t, err)
	bare := strings.TrimPrefix(wiretest.QRDataURI(t), "data:image/png;base64,")
	var drifts []whatspie.Drift
	s := wiretest.NewScript(wiretest.OK(`{"status":200,"data":{"id":7,` + string(name) + `:1,"` + wiretest.QRDataURI(t) + `":2,"` + bare[:60] + `":3}}`))
	_, err = s.Client(t, whatspie.WithDriftHandler(func(d whatspie.Drift) { drifts = append(drifts, d) })).Devices.Get(t.Context(), 7)
	require.NoError(t, err)
	require.NotEmpty(t, drifts)
	return drifts
}
