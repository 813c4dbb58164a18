"""Synapses that learn."""

import numpy as np

import netframe as nf

FFE = nf.ConstantInput("FFE", rates=np.linspace(1.0, 5.0, 7))
E = nf.LeakyRate("E", size=5, v_rest=-48.0)
W = np.random.default_rng(3).uniform(0.1, 0.9, (5, 7))
SIGNS = np.array([1.0, -1.0, 0.0, 1.0, -1.0, 1.0, 0.0])
SIGNED = np.where(SIGNS < 0, -W, W)
SOME = (W > 0.3).astype(float)
LOOP = nf.LeakyRate("R", size=4, v_rest=-45.0)

SHIPPED = [
    nf.Hebbian(FFE, E, weights=W, g=1e-3, learning_rate=np.linspace(0.1, 0.5, 5), decay=2.0),
    nf.Hebbian(FFE, E, weights=SIGNED, g=1e-3, learning_rate=0.1, w_min=-0.9, w_max=0.95, sign=SIGNS, plastic=SOME),
    nf.Hebbian(
        LOOP, LOOP, weights=np.full((4, 4), 0.2), g=1e-3, learning_rate=0.1, w_min=0.0, w_max=0.3, bounds="soft"
    ),
    nf.Oja(FFE, E, weights=W, g=1e-3, learning_rate=0.1, alpha=np.linspace(0.5, 2.0, 5), w_max=1.0 + W),
    nf.BCM(FFE, E, weights=W, g=1e-3, learning_rate=0.1, tau_theta=0.5, c_0=np.linspace(1.0, 3.0, 5), w_min=0.0),
    nf.InhibitoryPlasticity(FFE, E, weights=W, g=1e-3, learning_rate=0.1, rho_0=np.linspace(1.0, 8.0, 5), w_max=1.0),
]
