package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
)

// createTime is enough for a creation whose response was lost, and for the looks at the list that follow.
const createTime = time.Minute

func newRoutes(client *whatspie.Client, db *store, log *slog.Logger) (http.Handler, *pairweb.Handler) {
	pages := pairweb.NewHandler(client, func(r *http.Request) (int64, error) {
		return strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	}, pairweb.WithLogger(log))
	r := chi.NewRouter()
	r.Get("/numbers", func(w http.ResponseWriter, r *http.Request) {
		numbers, err := db.numbers(r.Context())
		respond(w, http.StatusOK, numbers, err)
	})
	r.Post("/numbers", func(w http.ResponseWriter, r *http.Request) {
		// A browser that leaves must not lose a device that is paid for.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), createTime)
		defer cancel()
		device, err := client.Devices.CreateConfirmed(ctx, whatspie.CreateDeviceRequest{
			Name: r.FormValue("name"), Package: whatspie.PackageCode(r.FormValue("package")),
		})
		respond(w, http.StatusCreated, device, err)
	})
	r.Handle("/numbers/{id}/pair/*", pages)
	r.Handle("/metrics", promhttp.Handler())
	return r, pages
}

// respond writes a value as JSON, or the error with the status that a caller of this service can act on.
func respond(w http.ResponseWriter, status int, value any, err error) {
	switch {
	case errors.Is(err, whatspie.ErrInvalidRequest), errors.Is(err, whatspie.ErrInvalidPackage):
		status = http.StatusBadRequest
	case errors.Is(err, whatspie.ErrDeviceLimit):
		status = http.StatusConflict
	case errors.Is(err, whatspie.ErrOutcomeUnknown):
		status = http.StatusGatewayTimeout // a device may exist: the candidates are in the error
	case err != nil:
		status = http.StatusBadGateway
	}
	if err != nil {
		value = map[string]string{"error": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client may have gone
}
