package whatspietest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/whatspie-go/whatspie"
)

const contentTypeJSON = "application/json"

// answer is a response that sends the first sent bytes of the body, with a Content-Length of length.
type answer struct {
	status       int
	header       http.Header
	body         []byte
	sent, length int
	truncated    bool
}

// cut limits the part of the body that is sent before the connection ends; 0 sends all of it.
func (a *answer) cut(n int) {
	a.sent, a.length, a.truncated = len(a.body), len(a.body), n != 0
	if a.truncated {
		a.sent = min(max(n, 0), a.sent)
		a.length = max(a.length, a.sent+1)
	}
}

// bodyAllowed reports whether HTTP allows a body in this response.
func (a *answer) bodyAllowed(method string) bool {
	return method != http.MethodHead && a.status != http.StatusNoContent && a.status != http.StatusNotModified
}

// The wire types are separate from the SDK's on purpose, so that a wrong JSON tag in the SDK fails against this server.
type (
	wireSuccess struct {
		Status  int    `json:"status"`
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}
	wireError struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Error   string `json:"error,omitempty"`
	}
	wireID struct {
		ID int64 `json:"id"`
	}
	wireQR struct {
		QR string `json:"qr"`
	}
	wireServer struct {
		Name   string `json:"name"`
		Status string `json:"status"`
	}
	wirePackage struct {
		Code string `json:"code"`
		Name string `json:"name"`
	}
	wireSubscription struct {
		QuoteAvailable string `json:"quote_available"`
		QuoteUsed      string `json:"quote_used"`
	}
	wireDevice struct {
		ID           int64            `json:"id"`
		Name         string           `json:"name,omitempty"`
		Phone        string           `json:"phone"`
		WebhookURL   string           `json:"webhook_url"`
		Status       string           `json:"status"`
		Version      string           `json:"version"`
		PairedStatus string           `json:"paired_status"`
		CreatedAt    string           `json:"created_at"`
		UpdatedAt    string           `json:"updated_at"`
		Server       wireServer       `json:"server"`
		Package      wirePackage      `json:"package"`
		Subscription wireSubscription `json:"subscription"`
	}
)

func (s *Server) wire(d whatspie.Device) wireDevice {
	if s.cfg.withoutNames {
		d.Name = ""
	}
	return wireDevice{
		ID:           d.ID,
		Name:         d.Name,
		Phone:        d.Phone,
		WebhookURL:   d.WebhookURL,
		Status:       string(d.Status),
		Version:      d.Version,
		PairedStatus: string(d.PairedStatus),
		CreatedAt:    d.CreatedAt.Format(time.RFC3339Nano),
		UpdatedAt:    d.UpdatedAt.Format(time.RFC3339Nano),
		Server:       wireServer{Name: d.Server.Name, Status: d.Server.Status},
		Package:      wirePackage{Code: string(d.Package.Code), Name: d.Package.Name},
		Subscription: wireSubscription{
			QuoteAvailable: strconv.FormatInt(d.Subscription.QuotaAvailable, 10),
			QuoteUsed:      strconv.FormatInt(d.Subscription.QuotaUsed, 10),
		},
	}
}

func success(data any) answer {
	return jsonAnswer(http.StatusOK, wireSuccess{Status: http.StatusOK, Message: "OK", Data: data})
}

// failure returns an error in the API's envelope; an empty detail is omitted.
func failure(code int, message, detail string) answer {
	return jsonAnswer(code, wireError{Code: code, Message: message, Error: detail})
}

func badRequest(detail string) answer {
	return failure(http.StatusBadRequest, "Bad request", detail)
}

func invalidPackage(code string) answer {
	if code == "" {
		return failure(http.StatusBadRequest, "Invalid package type", "")
	}
	return failure(http.StatusBadRequest, "Invalid package type", fmt.Sprintf("Package '%s' is not available", code))
}

func deviceNotFound(ref string) answer {
	return failure(http.StatusNotFound, "Device not found", fmt.Sprintf("Device with ID %s does not exist", ref))
}

func jsonAnswer(status int, v any) answer {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		// Only strings and numbers get here, so this is a bug of this package. A test will see it.
		status = http.StatusInternalServerError
		body.Reset()
		body.WriteString(strconv.Quote(err.Error()))
	}
	return answer{
		status: status,
		header: http.Header{"Content-Type": {contentTypeJSON}},
		body:   bytes.TrimSpace(body.Bytes()),
	}
}

func contentType(body []byte) string {
	if json.Valid(body) {
		return contentTypeJSON
	}
	return http.DetectContentType(body)
}
