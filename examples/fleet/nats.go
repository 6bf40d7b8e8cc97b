package main

import (
	"errors"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const startTime = 5 * time.Second

// startNATS runs a NATS server with JetStream in this process, on a free port of loopback. Its files are in the folder.
func startNATS(store string) (*server.Server, error) {
	nats, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: store, NoSigs: true, NoLog: true,
	})
	if err != nil {
		return nil, err
	}
	go nats.Start()
	if !nats.ReadyForConnections(startTime) {
		nats.Shutdown()
		return nil, errors.New("the NATS server did not start")
	}
	return nats, nil
}
