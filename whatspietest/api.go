package whatspietest

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/whatspie-go/whatspie"
)

// perform executes a request and returns the API's response. It applies no faults.
func (s *Server) perform(req receivedRequest) response {
	scheme, token, _ := strings.Cut(req.authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || token != s.cfg.token {
		return failure(http.StatusUnauthorized, "Unauthorized", "")
	}
	if req.tooLarge {
		return failure(http.StatusRequestEntityTooLarge, "Request entity too large", "")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.route(req)
}

// route matches the escaped path. Unlike a ServeMux, it never redirects, and an escaped slash does not split a segment.
func (s *Server) route(req receivedRequest) response {
	segments := strings.Split(strings.TrimPrefix(req.Path, "/"), "/")
	if segments[0] != "devices" || slices.Contains(segments, "") {
		return notFound(req)
	}
	switch {
	case len(segments) == 1 && req.Method == http.MethodPost:
		return s.create(req)
	case len(segments) == 1:
		return requireGET(req, "GET, POST", s.list)
	case len(segments) == 2:
		return requireGET(req, "GET", func() response { return s.get(unescape(segments[1])) })
	case len(segments) == 3 && segments[2] == "qr":
		return requireGET(req, "GET", func() response { return s.qr(req, unescape(segments[1])) })
	}
	return notFound(req)
}

// requireGET calls get for a GET or HEAD request, and otherwise responds with the allowed methods.
func requireGET(req receivedRequest, allowed string, get func() response) response {
	if req.Method == http.MethodGet || req.Method == http.MethodHead {
		return get()
	}
	r := failure(http.StatusMethodNotAllowed, "Method not allowed", "")
	r.header.Set("Allow", allowed)
	return r
}

func notFound(req receivedRequest) response {
	return failure(http.StatusNotFound, "Not found", fmt.Sprintf("No route for %s %s", req.Method, req.Path))
}

func (s *Server) create(req receivedRequest) response {
	media, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil || media != contentTypeJSON {
		return failure(http.StatusUnsupportedMediaType, "Unsupported media type", "Content-Type must be application/json")
	}
	var in struct {
		Package string `json:"package"`
		Name    string `json:"name"`
	}
	if err := json.Unmarshal(req.Body, &in); err != nil {
		return badRequest("The body must be a JSON object with package and name")
	}
	code := whatspie.PackageCode(in.Package)
	switch {
	case !slices.Contains(s.cfg.packages, code):
		return invalidPackage(in.Package)
	case strings.TrimSpace(in.Name) == "":
		return badRequest("The name field is required")
	case s.cfg.deviceLimit >= 0 && len(s.devices) >= s.cfg.deviceLimit:
		return failure(http.StatusForbidden, "Device limit exceeded", "Maximum number of devices reached for your plan")
	}
	return s.created(s.add(whatspie.Device{Name: in.Name, Package: whatspie.Package{Code: code}}))
}

func (s *Server) created(d *device) response {
	device := s.wire(d.Device)
	switch s.cfg.createResponse {
	case CreateResponseID:
		return success(wireID{ID: d.ID})
	case CreateResponseArray:
		return success([]wireDevice{device})
	case CreateResponseBare:
		return jsonResponse(http.StatusOK, device)
	case CreateResponseNoData:
		return success(nil)
	case CreateResponseCreated:
		return jsonResponse(http.StatusCreated, wireSuccess{Status: http.StatusCreated, Message: "Created", Data: device})
	case CreateResponseDevice:
	}
	return success(device)
}

func (s *Server) list() response {
	devices := make([]wireDevice, 0, len(s.devices))
	for _, d := range s.devices {
		d.advance(s.cfg.codes, now())
		devices = append(devices, s.wire(d.Device))
	}
	slices.SortFunc(devices, byID)
	return success(devices)
}

func (s *Server) get(ref string) response {
	d := s.find(ref)
	if d == nil {
		return deviceNotFound(ref)
	}
	return success(s.wire(d.Device))
}

func (s *Server) qr(req receivedRequest, ref string) response {
	if req.Query.Get("response_type") != "url" {
		return badRequest("The response_type parameter must be url")
	}
	d := s.find(ref)
	switch {
	case d == nil:
		return deviceNotFound(ref)
	case d.PairedStatus == whatspie.PairedStatusPaired:
		return failure(http.StatusOK, "Device connected", "")
	case d.PairedStatus == whatspie.PairedStatusSuspended:
		return failure(http.StatusInternalServerError, "QR code generation failed", "")
	}
	if err := d.ensureCode(s.cfg.codes, now()); err != nil {
		return failure(http.StatusInternalServerError, "QR code generation failed", err.Error())
	}
	return success(wireQR{QR: d.code.uri})
}

// unescape decodes a path segment. A malformed one is returned unchanged.
func unescape(segment string) string {
	if s, err := url.PathUnescape(segment); err == nil {
		return s
	}
	return segment
}
