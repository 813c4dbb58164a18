"""The synapse models beyond those of the kernel."""

import numpy as np
from scipy import sparse

import netframe as nf

FFE = nf.ConstantInput("FFE", rates=np.linspace(5.0, 50.0, 7))
E = nf.LeakyRate("E", size=5)
A = nf.LeakyRate("A", size=3, activation=nf.Softplus())
W = np.random.default_rng(2).uniform(0.1, 1.0, (5, 7))
G = np.linspace(1e-3, 5e-3, 5)

SHIPPED = [
    nf.ConductanceSynapse(FFE, E, weights=W, g_max=G, e_rev=np.linspace(-80.0, 0.0, 5)),
    nf.RiseDecaySynapse(FFE, E, weights=W, rise=np.linspace(0.001, 0.002, 7), decay=0.02, e_rev=70.0, g=G),
    nf.AlphaSynapse(FFE, E, weights=W, tau=np.linspace(0.005, 0.01, 5), g=G),
    nf.DualExponentialSynapse(FFE, E, weights=W, tau_rise=0.004, tau_decay=np.linspace(0.002, 0.006, 5), g=G),
    nf.DualExponentialSynapse(E, E, weights=np.eye(5), tau_rise=0.004, tau_decay=0.004, g=0.1),
    nf.NMDASynapse(FFE, E, weights=W, g=G, mg=np.linspace(0.0, 2.0, 5), tau_decay=np.linspace(0.05, 0.1, 7)),
    nf.GapJunction(A, E, weights=W[:, :3], g=G),
    nf.GapJunction(E, E, weights=sparse.csr_array(np.eye(5, k=1) + np.eye(5, k=-1)), g=0.01, resolution="synapse"),
    nf.DiffusiveCoupling(A, E, weights=W[:, :3], k=0.01),
    nf.DiffusiveCoupling(FFE, A, weights=W[:3], of="rate", k=[0.1, 0.2, 0.3]),
    nf.TsodyksMarkramSynapse(FFE, E, weights=W, g=G, U=np.linspace(0.1, 0.9, 7), tau_f=np.linspace(0.5, 1.5, 7)),
    nf.TsodyksMarkramSynapse(FFE, E, weights=W, g=G, U=0.5, tau_d=0.8, facilitation=False),
    nf.GammaDelaySynapse(FFE, E, weights=W, g=G, delay=np.linspace(0.01, 0.04, 7), order=3),
    nf.GammaDelaySynapse(A, E, weights=W[:, :3], g=G, delay=0.02, spread=0.01),
    nf.GammaDelaySynapse(FFE, E, weights=W, g=G, delay=0.02, order=1),
]
