"""The components of the kernel."""

import numpy as np
from scipy import sparse

import netframe as nf

FFE = nf.ConstantInput("FFE", rates=np.linspace(5.0, 50.0, 7))
E = nf.LeakyRate("E", size=5)
W = np.random.default_rng(1).uniform(0.1, 1.0, (5, 7))

SHIPPED = [
    nf.LeakyRate("E", size=4, tau=np.linspace(0.02, 0.1, 4)),
    *(
        nf.LeakyRate("E", size=4, activation=a())
        for a in nf.Activation.__subclasses__()
        if a.__module__.startswith("netframe")
    ),
    nf.ConstantInput("F", rates=[1.0, 2.0, 3.0]),
    nf.ConstantInput("F", rates=np.linspace(1.0, 30.0, 12).reshape(4, 3)),
    nf.StepInput("F", size=3, baseline=1.0, amplitude=[1.0, 2.0, 3.0], onset=0.1, offset=0.2),
    nf.SampledInput("F", times=[0.0, 0.1, 1.0], rates=np.arange(6.0).reshape(3, 2)),
    nf.SampledInput(
        "F", times=[0.0, 0.1, 1.0], rates=np.arange(6.0).reshape(3, 2), interpolation="previous", beyond="repeat"
    ),
    nf.FunctionInput("F", size=2, jumps=(), function=lambda t, xp: 10.0 + xp.sin(xp.asarray([t, 2.0 * t]))),
    nf.ReversalSynapse(FFE, E, weights=W, g=2e-5, e_rev=np.linspace(-80.0, 0.0, 5)),
    nf.ReversalSynapse(E, E, weights=np.eye(5), g=2e-5, resolution="synapse"),
    nf.CurrentSynapse(FFE, E, weights=sparse.csr_array(W * (W > 0.5)), g=1e-3),
    nf.InstantSynapse(FFE, E, weights=2.0, g=1e-3),
]
